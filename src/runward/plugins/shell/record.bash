# Tells Runward what each command of a script did; sourced before the script's first line.
# $1 folder of the step, $2 its word, $3 the path that the document has, $4 "bare" for no recording at all
# Note who we are, then go on only if our keeper lives: whoever finds it dead finds our note, or we do nothing.
builtin printf %s "$$" >"$1/shell"
[[ $PPID == "${__runward_keeper-}" && -d /proc/$PPID ]] || builtin exit 125
builtin unset __runward_keeper
__runward_folder=$1 __runward_word=$2
__runward_seen=()
BASH_ARGV0=$3
[[ -z ${__runward_carry-} ]] || builtin eval "$__runward_carry"
builtin unset __runward_carry
[[ ! -e $1/before ]] || builtin source "$1/before"
if [[ $4 == bare ]]; then
  builtin unset "${!__runward_@}"
  builtin return 0
fi

# FINISHED STARTING status... last-argument: the recorder itself. It hands `$?` on.
__runward() {
  builtin local __runward_status=$? IFS=' ' __runward_count __runward_text=
  if (($1)); then
    __runward_count=$((${__runward_seen[$1]-0} + 1))
    __runward_seen[$1]=$__runward_count
    if ((__runward_count <= 100)) || [[ ${*:3:$#-3} == *[1-9]* && __runward_count -le 10000 ]]; then
      __runward_text=$'\n'"$__runward_word E $1 ${EPOCHREALTIME-0} ${*:3:$#-3}"$'\n'
    fi
  fi
  if (($2)) && ((${__runward_seen[$2]-0} < 100)); then
    __runward_text+=$'\n'"$__runward_word S $2 ${EPOCHREALTIME-0}"$'\n'
  fi
  [[ -z $__runward_text ]] || builtin printf %s "$__runward_text" 2>/dev/null 1<>"$__runward_folder/events"
  builtin return "$__runward_status"
}

# The same between top-level statements, which also divides the output.
__runward_part() {
  builtin local __runward_status=$?
  if (($2)); then
    builtin printf '\036%s:%s\036' "$__runward_word" "$2" 2>/dev/null 1<>"$__runward_folder/out"
    builtin printf '\036%s:%s\036' "$__runward_word" "$2" 2>/dev/null 1<>"$__runward_folder/err"
  fi
  __runward_hand_on "$__runward_status" && :
  __runward "$@"
}

__runward_leaf() {
  __runward "$@"
}

__runward_hand_on() {
  builtin return "$1"
}

# HOW LINE status...: tells of the end of the script and what the next one starts from. Once.
__runward_leave() {
  builtin local __runward_status=$? IFS=' ' __runward_id
  if ((BASH_SUBSHELL == 0)) && [[ -z ${__runward_left-} ]]; then
    __runward_left=1
    {
      for __runward_id in "${!__runward_seen[@]}"; do
        ((__runward_seen[__runward_id] <= 100)) ||
          builtin printf '\n%s C %s %s\n' "$__runward_word" "$__runward_id" "${__runward_seen[__runward_id]}"
      done
      builtin printf '\n%s X %s %s %s %s\n' "$__runward_word" "$1" "$__runward_status" "$2" "${*:3}"
    } 2>/dev/null 1<>"$__runward_folder/events"
    {
      builtin declare -p
      builtin printf '\036%s\036' "$__runward_word"
      builtin declare -F
      builtin printf '\036%s\036' "$__runward_word"
    } 2>/dev/null 1<>"$__runward_folder/state"
  fi
  builtin return "$__runward_status"
}

# FINISHED status... last-argument: behind the last line of the script.
__runward_end() {
  builtin local __runward_status=$?
  __runward_hand_on "$__runward_status" && :
  __runward "$1" 0 "${@:2}" && :
  __runward_leave end 0
}

exit() {
  builtin local __runward_status=$?
  if (($# > 1)) || [[ ${1-0} != ?([-+])+([0-9]) ]]; then
    __runward_misused "$@"
  fi
  { __runward_hand_on "${1:-$__runward_status}" && :; __runward_leave exit "${BASH_LINENO[0]}" && :; } 2>/dev/null
  __runward_hand_on "$__runward_status" && :
  builtin exit "$@"
}

# What bash does with an exit that it does not understand, and says with the script's own line.
__runward_misused() {
  builtin local __runward_status=2 __runward_words="$1: numeric argument required"
  if [[ $1 == ?([-+])+([0-9]) ]]; then
    __runward_status=1 __runward_words='too many arguments'
  fi
  builtin printf '%s: line %s: exit: %s\n' "${BASH_SOURCE[-1]}" "${BASH_LINENO[1]}" "$__runward_words" >&2
  __runward_hand_on "$__runward_status" && :
  __runward_leave exit "${BASH_LINENO[1]}" 2>/dev/null && :
  builtin exit "$__runward_status"
}

builtin trap '{ __runward_leave trap 0 "${PIPESTATUS[@]}" && :; } 2>/dev/null' EXIT
