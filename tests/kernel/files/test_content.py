"""What a file is, whatever its name says; and how that name may be shown."""

import pytest

from backoffice.kernel.files import content


@pytest.mark.parametrize(("content_type", "start"), [(one, signature) for one, signature in content.SIGNATURES.items()])
def test_a_file_is_what_its_first_bytes_say(content_type: str, start: bytes) -> None:
    assert content.find_type(start + b"anything") == content_type


@pytest.mark.parametrize("start", [b"", b"%PD", b"<svg", b"GIF89a", b" %PDF-"])
def test_what_is_none_of_these_is_nothing(start: bytes) -> None:
    assert content.find_type(start) is None


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("letter.pdf", "letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\one.png", "one.png"),
        ("a\x00\nb.png", "ab.png"),
        (". .", "document"),
        ("", "document"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_is_a_label_and_no_path(sent: str, shown: str) -> None:
    assert content.label_of(sent) == shown
