"""Every column in which shield keeps values sealed under the key ring: `backoffice keys rotate` seals them anew."""

from backoffice.kernel.secrets.rotation import sealed_column
from backoffice.shield.bank_account.rules import BLIND_INDEX
from backoffice.shield.bank_record.rules import TEXT_INDEX

SEALED = (
    sealed_column("shield.member", key_id="ssn_key_id", sealed="ssn_sealed"),
    sealed_column(
        "shield.bank_account", key_id="account_key_id", sealed="account_sealed", index=("account_index", BLIND_INDEX)
    ),
    sealed_column("shield.bank_account", key_id="routing_key_id", sealed="routing_sealed"),
    sealed_column("shield.micro_deposit", sealed="amounts_sealed"),
    sealed_column("shield.payout_attempt", key_id="account_key_id", sealed="account_sealed"),
    sealed_column("shield.payout_attempt", key_id="routing_key_id", sealed="routing_sealed"),
    sealed_column("shield.payout_attempt", key_id="correction_key_id", sealed="correction_sealed"),
    sealed_column("shield.bank_record", key_id="text_key_id", sealed="text_sealed", index=("text_index", TEXT_INDEX)),
    sealed_column("shield.nacha_file", key_id="text_key_id", sealed="text_sealed"),
)
