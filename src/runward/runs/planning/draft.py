"""Draft a step: its script with values written in, bounded, led to its targets; nothing looked up yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from runward.inventory.bind import Bindings, Bound, bindings_for
from runward.inventory.fill import SHELL, SQL, Filled, filled
from runward.inventory.model import Service, TargetKind, looks_secret
from runward.inventory.spots import border_pattern
from runward.people.model import People, Rule
from runward.people.permit import rule_for
from runward.plugins.facts import Reference
from runward.runbooks.block.languages import executed_as
from runward.runbooks.classify import Meaning, Piece, meaning_of
from runward.runbooks.model import Block, Procedure, Purpose, Question, Risk, Runbook, Step, StepKind
from runward.runs.model import Gap, GapKind, OnInterrupt, PlannedStep
from runward.runs.planning.attributes import Attributes, attributes_of
from runward.runs.planning.bound import BoundedScript, bounded_script
from runward.runs.planning.commands import script_of
from runward.runs.planning.native import action_planned, is_action
from runward.runs.planning.retarget import Led, led

_INTERPRETERS = {
    "python": "python3", "py": "python3", "python3": "python3", "javascript": "node", "js": "node", "ruby": "ruby",
    "perl": "perl", "php": "php", "powershell": "pwsh", "pwsh": "pwsh", "ps1": "pwsh", "r": "Rscript", "lua": "lua",
    "fish": "fish", "zsh": "zsh", "typescript": "ts-node", "node": "node",
}  # fmt: skip
_ALWAYS_SET = frozenset({
    "HOME", "USER", "PATH", "PWD", "SHELL", "HOSTNAME", "LANG", "TERM", "LOGNAME", "UID", "EUID",
    "RANDOM", "SECONDS", "OLDPWD", "TMPDIR",
})  # fmt: skip
_WORD = re.compile(r"\w+")
_CONNECTING = frozenset({"sql", "runward"})  # what Runward itself connects to a target for
UNBOUND = "RUNWARD_UNBOUND"
_WANTS_TERMINAL = re.compile(r"passwords?\b|passphrase|editor|waits for a key|log in")
_ROLE = re.compile(r"\b(?:on|against|at)\s+(?:the\s+|each\s+)?([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A step before anything was looked up, with what is already known to be missing."""

    step: PlannedStep
    gaps: tuple[Gap, ...] = ()
    assigned: frozenset[str] = frozenset()
    used: Mapping[str, Bound] = field(default_factory=dict)
    connects: Reference | None = None  # where the URL of the server is kept that SQL goes to


@dataclass(frozen=True, slots=True)
class Setting:
    """What a step is drafted from."""

    runbook: Runbook
    procedure: Procedure
    service: Service
    bindings: Bindings
    people: People
    spoken: frozenset[str]  # every word of the document's blocks, among them the variables that they name

    @property
    def path(self) -> str:
        """The document's path."""
        return self.runbook.document.path


def setting_of(
    runbook: Runbook, procedure: Procedure, service: Service, answers: Mapping[str, str], people: People
) -> Setting:
    """What the steps of a procedure are drafted from."""
    spoken = frozenset(word for block in runbook.blocks for word in _WORD.findall(block.text))
    return Setting(runbook, procedure, service, bindings_for(service, answers), people, spoken)


def drafts_of(setting: Setting) -> tuple[Draft, ...]:
    """The drafts of a procedure's steps; what an earlier step assigns, a later one may use."""
    drafts: list[Draft] = []
    assigned: frozenset[str] = frozenset()
    blocks = {block.number: block for block in setting.runbook.blocks}
    for step in setting.procedure.steps:
        block = blocks.get(step.block) if step.block is not None else None
        draft = (
            _draft(step, block, setting, assigned)
            if block and step.kind is StepKind.COMMAND
            else Draft(_manual(step, block))
        )
        assigned |= draft.assigned
        drafts.append(draft)
    return tuple(drafts)


def _manual(step: Step, block: Block | None) -> PlannedStep:
    """A step that a person does; a block that goes with it is a sample to look at."""
    return PlannedStep(
        block=step.block, written=block.text if block else "", first_line=block.first_line if block else 0,
        id=step.id, number=step.number, line=step.line, title=step.title, kind=step.kind,
        instruction=step.instruction, condition=step.condition, option=step.option, last_resort=step.last_resort,
        cautions=step.cautions, expects=step.expects,
    )  # fmt: skip


def language_of(block: Block) -> str:
    """The language a block is executed in: bash, sql, or the one its fence names or its text is written in."""
    if block.lang in SHELL or block.lang in {"none", "", "text", "env"}:
        return executed_as(block.text, block.lang) if block.form != "inline" else "bash"
    return "sql" if block.lang in SQL else block.lang


def _draft(step: Step, block: Block, setting: Setting, assigned: frozenset[str]) -> Draft:
    said = attributes_of(block, setting.path)
    language = language_of(block)
    bounded = _bounded(block, language)
    full = filled(bounded.text, setting.bindings.words, language, _lines_of(block))
    lead = _lead(full.text, language, block, step, setting, said)
    meaning = _reassessed(block, lead.text)
    limit = _time_limit(meaning.risk, said, setting)
    planned = replace(
        _manual(step, block),
        language=language,
        script=_with_arguments(lead.text, block, setting.bindings, language),
        target=said.target or next(iter(lead.touches), ""), runtime=lead.runtime,
        risk=meaning.risk, risks=meaning.risks, time_limit_seconds=limit, bounds=bounded.bounds, endless_seconds=setting.service.time_limits.endless.total_seconds(),
        questions=tuple(one for one in block.questions if _can_be_answered(one)), parts=block.parts, touches=lead.touches,
        interpreter=_interpreter(language, setting.service), notes=(*lead.notes, *_terminal_notes(block)),
        on_interrupt=said.on_interrupt or (OnInterrupt.RERUN if meaning.risk is Risk.READ else OnInterrupt.ASK),
        verify=_command(said.verify, setting), undo=_command(said.undo, setting),
    )  # fmt: skip
    variables = _variables(full, lead, setting, planned.interpreter)
    planned = _approved(_handed(planned, variables), said, setting)
    unbound = _unbound(block, full, setting, assigned, step.id, language)
    spoken = _spoken_target(block, step, setting.service)
    own: tuple[Gap, ...] = ()
    if is_action(planned):
        planned, own = action_planned(
            planned, setting.service, spoken, frozenset(gap.what for gap in unbound)
        )
    gaps = (
        *own,
        *unbound,
        *_unwritten(full, block, step.id),
        *_without_target(planned, lead, setting, said),
        *_without_language(planned, setting),
    )
    names = frozenset(script_of(block.text).assigned) if language == "bash" else frozenset()
    used = {name: setting.bindings.words[name] for name in full.used}
    return Draft(planned, gaps, names, used, _connects(planned, setting.service))


def _connects(step: PlannedStep, service: Service) -> Reference | None:
    target = service.targets.get(step.target)
    return target.reference if target and step.language in _CONNECTING and not step.interpreter else None


def _reassessed(block: Block, script: str) -> Meaning | Block:
    """What the block does once its values are written in, if that is worse: a placeholder may hold a statement."""
    if script == block.text:
        return block
    meaning = meaning_of(Piece(script, block.lang, block.first_line, block.form, block.heading))
    return meaning if meaning.risk.rank > block.risk.rank else block


def _can_be_answered(question: Question) -> bool:
    """Whether what is typed reaches the program: passwords, editors and pagers want a terminal of their own."""
    return bool(question.variable) or not _WANTS_TERMINAL.search(question.prompt)


def _terminal_notes(block: Block) -> tuple[str, ...]:
    return tuple(
        f"line {one.line}: {one.prompt}; there is no terminal to do that at, so the command fails if it comes to it"
        for one in block.questions
        if not _can_be_answered(one)
    )


def _lines_of(block: Block) -> dict[str, frozenset[int]]:
    """For words that are placeholders only in one place (`pid` in a call), the lines of the script they stand on."""
    lines: dict[str, frozenset[int]] = {}
    for one in block.placeholders:
        if one.form == "argument":
            lines[one.name] = lines.get(one.name, frozenset()) | {one.line - block.first_line + 1}
    return lines


def _bounded(block: Block, language: str) -> BoundedScript:
    if language != "bash":
        return BoundedScript(block.text, ())
    return bounded_script(block.text, block.first_line, block.endless)


def _lead(text: str, language: str, block: Block, step: Step, setting: Setting, said: Attributes) -> Led:
    if language == "bash":
        return _led_around_blanks(text, block, setting)
    if language != "sql":
        return Led(text)
    name = said.target or _spoken_target(block, step, setting.service)
    return Led(text, touches=(name,) if name else ())


def _led_around_blanks(text: str, block: Block, setting: Setting) -> Led:
    """The script led to its targets, each unbound `<placeholder>` taken for a word and no redirection meanwhile."""
    blanks = [
        one.name
        for one in block.placeholders
        if not setting.bindings.find(one.name) and not _variable(one.name)
    ]
    marks = {name: f"{UNBOUND}_{number}_" for number, name in enumerate(dict.fromkeys(blanks))}
    for name, mark in marks.items():
        text = border_pattern(name).sub(mark, text)
    lead = led(text, setting.service, block.first_line)
    back = lead.text
    for name, mark in marks.items():
        back = back.replace(mark, name)
    return replace(lead, text=back)


def _spoken_target(block: Block, step: Step, service: Service) -> str:
    """The database that the block's first comment or the step's words name, else the service's one."""
    comments = "\n".join(line for line in block.text.splitlines() if line.lstrip().startswith("--"))
    for word in _ROLE.findall(f"{comments}\n{step.title}\n{step.instruction}"):
        name = service.find_target(word.lower())
        if name and service.targets[name].kind is TargetKind.POSTGRESQL:
            return name
    return service.default_target(TargetKind.POSTGRESQL)


def _time_limit(risk: Risk, said: Attributes, setting: Setting) -> float:
    limits = setting.service.time_limits
    if said.timeout:
        return said.timeout.total_seconds()
    if setting.procedure.purpose in {Purpose.BACKUP, Purpose.RESTORE} and risk is not Risk.READ:
        return limits.backup.total_seconds()
    by_risk = {Risk.READ: limits.read, Risk.CHANGE: limits.change, Risk.DESTROY: limits.destroy}
    return by_risk[risk].total_seconds()


def _with_arguments(text: str, block: Block, bindings: Bindings, language: str) -> str:
    """The script with `$1`, `$2` ... set to what they stand for, on its first line so that no line moves."""
    count = max(bindings.arguments, default=0)
    if language != "bash" or not count or not re.search(r"\$\{?[1-9@*]", block.text):
        return text
    words = {f"<{n}>": bindings.arguments.get(n, Bound("")) for n in range(1, count + 1)}
    names = " ".join(words)
    return filled(f"set -- {names}; ", words, "bash").text + text


def _interpreter(language: str, service: Service) -> str:
    if language in service.interpreters and language != "runward":
        return service.interpreters[language]
    return {"bash": "bash", "sql": ""}.get(language, _INTERPRETERS.get(language, ""))


def _command(text: str, setting: Setting) -> str:
    """A command beside the block, which goes to the same targets as the block's own."""
    full = filled(text, setting.bindings.words, "bash").text
    return led(full, setting.service, 1).text if full else ""


def _variables(full: Filled, lead: Led, setting: Setting, program: str) -> dict[str, Bound]:
    """What the step is handed; SQL that goes to the server itself has no environment but its secrets."""
    secrets = full.variables or {}
    if not program:
        return dict(secrets)
    given = {
        name: bound
        for name, bound in setting.bindings.variables.items()
        if _concerns(name, bound, full.text, setting)
    }
    return {**lead.variables, **given, **secrets}


def _concerns(name: str, bound: Bound, text: str, setting: Setting) -> bool:
    """Whether a step needs a variable: a secret that only other blocks speak of must not be had for this one.

    A variable that no block names is one that programs read by themselves, and every step gets it.
    """
    if not bound.reference or name not in setting.spoken:
        return True
    return name in set(_WORD.findall(text))


def _handed(step: PlannedStep, variables: Mapping[str, Bound]) -> PlannedStep:
    named = dict(sorted(variables.items()))
    return replace(
        step,
        environment=tuple(named),
        variables={name: bound.shown for name, bound in named.items()},
        references=tuple(name for name, bound in named.items() if bound.reference),
    )


def _approved(step: PlannedStep, said: Attributes, setting: Setting) -> PlannedStep:
    """The step with the approvals it needs: the policy's, or more where the document asks for more."""
    rule: Rule = rule_for(setting.people, setting.service.name, step.risk.value)
    quorum = max(rule.quorum, said.approvals or 0)
    notes = step.notes
    if said.approvals == 0 and rule.quorum:
        notes = (*notes, "the document asks for no approval; the policy does, and a document cannot lower it")
    words = replace(rule, quorum=quorum).words
    return replace(step, quorum=quorum, needs_approval=quorum > 0, policy=words, notes=notes)


def _unbound(
    block: Block, full: Filled, setting: Setting, assigned: frozenset[str], step: str, language: str
) -> list[Gap]:
    """The placeholders of a block that nothing is bound to."""
    gaps: dict[str, Gap] = {}
    for one in block.placeholders:
        name = _variable(one.name)
        known = setting.bindings.find(one.name) or name in assigned | _ALWAYS_SET
        if known or one.name in gaps or (not name and not _still_there(one.name, full.text, block, language)):
            continue
        gaps[one.name] = Gap(
            GapKind.UNBOUND, one.line, one.name, _how_to_bind(one.name, setting.service.name), step
        )
    return list(gaps.values())


def _variable(placeholder: str) -> str:
    match = re.fullmatch(r"\$\{?(\w+).*\}?", placeholder)
    return match[1] if match else ""


def _still_there(name: str, text: str, block: Block, language: str) -> bool:
    """Whether a word still stands in what is executed; a longer bound text, or another blank, may cover it."""
    sign = {"bash": "#", "sql": "--"}.get(language, "#")
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(sign))
    for other in block.placeholders:
        if name in other.name and name != other.name:
            lines = lines.replace(other.name, "")
    return border_pattern(name).search(lines) is not None


def _how_to_bind(name: str, service: str) -> str:
    table, variable = f"services.{service or 'NAME'}", _variable(name)
    if variable and not variable.isdigit():
        return (
            f'write {variable} = "env:{variable}", or its text, under [{table}.environment] in runward.toml'
        )
    if looks_secret(name):
        return f"write '{name}' = \"env:NAME\", or where else it is kept, under [{table}.secrets] in runward.toml"
    return f"write '{name}' = \"...\" under [{table}.values] in runward.toml, or give --bind '{name}=...'"


def _unwritten(full: Filled, block: Block, step: str) -> list[Gap]:
    return [
        Gap(
            GapKind.UNBOUND,
            block.first_line + problem.line - 1,
            f"{problem.name}: its value cannot be written there: {problem.why}",
            "choose another value, or hand it to the step as an environment variable",
            step,
        )
        for problem in full.problems
    ]


def _without_target(step: PlannedStep, lead: Led, setting: Setting, said: Attributes) -> list[Gap]:
    service, gaps = setting.service, []
    where = f"[services.{service.name or 'NAME'}.targets.db]"
    if is_action(step):
        return []
    if said.target and said.target not in service.targets:
        known = ", ".join(service.targets) or "none is bound"
        gaps.append(
            Gap(
                GapKind.TARGET, step.line, f"target {said.target}", f"the service's targets: {known}", step.id
            )
        )
    elif step.language == "sql" and not step.target:
        several = [name for name, one in service.targets.items() if one.kind is TargetKind.POSTGRESQL]
        hint = (
            f"mark one of {', '.join(several)} with default = true"
            if several
            else (f'bind one under {where} with kind = "postgresql" and url = "env:DATABASE_URL"')
        )
        gaps.append(Gap(GapKind.TARGET, step.first_line, "a PostgreSQL for SQL", hint, step.id))
    for command in lead.unnamed:
        line = step.first_line + command.line - 1
        hint = f'bind one under {where} with kind = "postgresql" and url = "env:DATABASE_URL"'
        gaps.append(
            Gap(
                GapKind.TARGET,
                line,
                f"a PostgreSQL for {command.words[0].text}, which names none",
                hint,
                step.id,
            )
        )
    return gaps


def _without_language(step: PlannedStep, setting: Setting) -> list[Gap]:
    if step.interpreter or step.language in _CONNECTING:
        return []
    hint = f'write {step.language} = "..." under [services.{setting.service.name or "NAME"}.interpreters]'
    return [Gap(GapKind.LANGUAGE, step.first_line, f"something that runs {step.language}", hint, step.id)]
