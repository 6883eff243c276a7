"""Codes of an authenticator app: which count, and that each counts once."""

from backoffice.kernel.identity import totp

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The secret of RFC 6238, appendix B."""
NOW = 1_234_567_890.0
STEP = int(NOW) // 30


def test_the_codes_are_those_of_the_standard() -> None:
    assert totp.code_at(RFC_SECRET, 59 // 30) == "287082"
    assert totp.code_at(RFC_SECRET, STEP) == "005924"


def test_a_code_counts_a_step_early_and_a_step_late_and_no_longer() -> None:
    taken = [totp.step_of(RFC_SECRET, totp.code_at(RFC_SECRET, STEP + off), now=NOW, after=0) for off in range(-2, 3)]

    assert taken == [None, STEP - 1, STEP, STEP + 1, None]


def test_neither_a_used_code_nor_an_older_one_counts() -> None:
    older, same, newer = (totp.code_at(RFC_SECRET, STEP + off) for off in (-1, 0, 1))

    assert [totp.step_of(RFC_SECRET, code, now=NOW, after=STEP) for code in (older, same, newer)] == [
        None,
        None,
        STEP + 1,
    ]


def test_a_code_counts_however_it_is_typed() -> None:
    assert totp.plain(" 005 924 ") == "005924"
    assert totp.plain("ABCD-efgh jkmn pqrs") == "abcdefghjkmnpqrs"
    assert totp.hash_of("ABCD-EFGH") == totp.hash_of("abcdefgh")


def test_an_app_reads_who_and_where() -> None:
    uri = totp.enrolment_uri(RFC_SECRET, account="asha@example.com", issuer="Marketplace")

    assert uri == f"otpauth://totp/Marketplace:asha%40example.com?secret={RFC_SECRET}&issuer=Marketplace"


def test_recovery_codes_are_ten_different_ones_and_secrets_differ() -> None:
    codes = totp.new_recovery_codes()

    assert len(set(codes)) == len({totp.hash_of(code) for code in codes}) == 10
    assert {len(totp.plain(code)) for code in codes} == {16}
    assert totp.new_secret() != totp.new_secret()
