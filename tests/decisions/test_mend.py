"""Text that was wrongly decoded is repaired; true text of any language is left alone."""

import pytest

from runward.runbooks.document.mend import mended

TRUE = (
    "🚨 ⚠️ 📊 ℹ️ ❌ ✅ → – — … “quoted” ‘so’ 90° © ½",
    "Größe, Übermaß, naïve café, Ærø, Łódź, São Paulo, mañana ¿qué?",
    "Привет, проверьте репликацию",
    "检查数据库连接 データベースを確認 데이터베이스",
    "Ελέγξτε τη βάση δεδομένων",
    "بررسی کنید",
)


def _seen_as(text: str, encoding: str) -> str:
    """The text as somebody sees its UTF-8 who takes it for another encoding."""
    return "".join(bytes((byte,)).decode(encoding, "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "🚨",
        "⚠️ now",
        "a → b",
        "– x …",
        "café au lait",
        "90°C",
        "✅ done",
        "‘quoted’",
        "ÃœbermaÃŸ".encode("cp1252").decode(),
    ],
)
@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman")])
def test_what_was_wrongly_decoded_is_repaired_and_said(text: str, encoding: str, name: str) -> None:
    better, said = mended(f"fine\n{_seen_as(text, encoding)}\nfine")
    assert better == f"fine\n{text}\nfine"
    assert said == (f"line 2: UTF-8 read as {name}, shown repaired",)


def test_words_of_other_scripts_are_repaired() -> None:
    assert mended(_seen_as("проверьте базу", "cp1252"))[0] == "проверьте базу"
    assert mended(_seen_as("检查数据库", "cp1252"))[0] == "检查数据库"


@pytest.mark.parametrize("text", TRUE)
def test_true_text_is_never_touched(text: str) -> None:
    assert mended(text) == (text, ())


@pytest.mark.parametrize(
    "text",
    [
        "CAFÉ… et voilà »",
        "„Ä“ und ‚Übung‘ – so",
        "“AMANHÃ” disse",
        "2√π und √Ω, ¬π",
        "Â quoi bon",
        "ð og þ á íslensku",
        "‚öffentlich‘",
        "ÃO e Ã, NÃO",
        "…Å” – Ñ“",
    ],
)
def test_what_only_looks_wrong_is_left_alone(text: str) -> None:
    assert mended(text) == (text, ())


def test_repairing_once_is_enough() -> None:
    once, _ = mended(_seen_as("🚨 → ok", "cp1252"))
    assert mended(once) == (once, ())
