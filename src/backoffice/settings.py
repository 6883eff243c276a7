"""Every setting of the house, read from the environment (or a `.env` file). Secrets have no defaults.

A secret may also lie in a file: secret_files.py.

`backoffice run` fills the secrets and the database addresses from its data folder; `serve` and `worker` require them.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, EmailStr, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from backoffice import setting_values
from backoffice.products import known
from backoffice.secret_files import SecretFiles

READS_PER_MINUTE, WRITES_PER_MINUTE = 600, 120
"""Of one person. A door's own limit is meant beside these, and rises with them."""
ORIGIN = re.compile(r"https?://[^/\s@]+")
Product = Annotated[str, AfterValidator(known)]
DatabaseAddress = Annotated[SecretStr, AfterValidator(setting_values.database_address)]
WebAddress = Annotated[str, AfterValidator(setting_values.web_address)]
HoursAhead = Annotated[int, Field(ge=0, le=8_760)]
Percent = Annotated[int, Field(ge=0, le=100)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class Settings(BaseSettings):
    """One field per environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    # Database
    database_url: Annotated[DatabaseAddress, Field(min_length=1)]
    database_direct_url: DatabaseAddress | None = None
    database_owner_url: DatabaseAddress | None = None
    database_app_role: str = ""
    database_pool_size: int = Field(8, ge=1, le=200)
    database_prepare_statements: bool = True
    database_replica_urls: list[DatabaseAddress] = []
    database_replica_lag_seconds: float = Field(5.0, ge=1, le=3600, allow_inf_nan=False)
    redis_url: Annotated[SecretStr | None, AfterValidator(setting_values.redis_address)] = None
    audit_keep_months: int | None = Field(None, ge=1, le=1_200)
    files_url: Annotated[str, AfterValidator(setting_values.files_address)] = ""

    # Backups; hours of 0 mean never by itself
    backups_url: Annotated[str, AfterValidator(setting_values.files_address)] = ""
    database_backup_url: DatabaseAddress | None = None
    database_restore_url: DatabaseAddress | None = None
    backup_full_every_hours: int = Field(0, ge=0, le=8_760)
    backup_incremental_every_hours: int = Field(0, ge=0, le=8_760)
    backup_with_uploads: bool = False
    backup_keep_days: int = Field(14, ge=1, le=3_650)

    # Secrets
    token_secret: SecretStr = Field(min_length=32)
    encryption_keys: SecretStr

    # The front door
    data_folder: Annotated[Path, BeforeValidator(setting_values.folder)] = Path("var")
    journal_days: int = Field(90, ge=2, le=3650)
    public_url: WebAddress = ""
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8000, ge=1, le=65535)
    environment: str = Field("development", min_length=1, max_length=40)
    metrics_host: str = Field("", max_length=255)
    metrics_port: int | None = Field(None, ge=1, le=65535)
    workers: int = Field(1, ge=1, le=200)
    product: Product | None = None
    hosts: dict[str, Product] = {}
    api_docs: bool = False
    cors_origins: list[str] = []
    body_limit_bytes: int = Field(1_000_000, ge=1)
    upload_limit_bytes: int = Field(16_000_000, ge=1)
    body_patience_seconds: Seconds = 15.0
    trusted_proxies: Annotated[list[str], AfterValidator(setting_values.addresses)] = []
    log_format: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    # Limits per minute; settings raise them, nothing switches them off
    reads_per_minute: int = Field(READS_PER_MINUTE, ge=1)
    writes_per_minute: int = Field(WRITES_PER_MINUTE, ge=1)
    platform_calls_per_minute: int = Field(6000, ge=1)
    refused_per_address: int = Field(60, ge=1)
    sign_ins_per_account: int = Field(10, ge=1)
    sign_ins_per_address: int = Field(50, ge=1)

    # Sessions
    access_token_minutes: int = Field(15, ge=1)
    refresh_token_days: int = Field(7, ge=1)

    # Worker: how many jobs of each lane it does at once
    worker_sending: int = Field(8, ge=1, le=200)
    worker_clock: int = Field(4, ge=1, le=200)
    worker_model: int = Field(8, ge=1, le=200)
    worker_bulk: int = Field(4, ge=1, le=200)

    # WhatsApp
    whatsapp_graph_url: WebAddress = "https://graph.facebook.com"
    whatsapp_phone_number_id: str = ""
    whatsapp_access_token: SecretStr = SecretStr("")
    whatsapp_app_secret: SecretStr = SecretStr("")
    whatsapp_verify_token: SecretStr = SecretStr("")
    whatsapp_template: str = ""
    whatsapp_template_text: str = "{{1}}"
    whatsapp_template_language: str = "en"
    whatsapp_timeout_seconds: Seconds = 10.0
    whatsapp_unknown_after_seconds: Seconds = 60.0
    default_country: Annotated[str, AfterValidator(setting_values.country)] = "IN"

    # Payouts. Amounts above the threshold (minor units) need two people; a new payout waits before it leaves
    dual_approval_minor: dict[str, int] = {"USD": 100_000, "INR": 10_000_000}
    payout_rail: Literal["sandbox", "nacha"] = "sandbox"
    payout_grace_minutes: int = Field(15, ge=0)
    bank_change_hold_hours: int = Field(24, ge=0)
    sandbox_rail_settles_after: int = Field(2, ge=0)
    sandbox_rail_returns: dict[str, str] = {}

    nacha_bank_routing: str = ""
    nacha_bank_name: str = ""
    nacha_origin: str = ""
    nacha_company_id: str = ""
    nacha_company_name: str = ""
    nacha_offset_account: SecretStr = SecretStr("")

    # Cancelled bookings: at so many hours' notice so much of what was paid goes back, in hundredths; below all, nothing
    cancellation_refund_percent: dict[HoursAhead, Percent] = {48: 100, 24: 50}

    # Referrals: what whoever brought a customer gets (minor units), once that one spent so much within so many days
    referral_reward_minor: int = Field(50_000, ge=1)
    referral_minimum_spend_minor: int = Field(50_000, ge=0)
    referral_days: int = Field(30, ge=1, le=3650)

    # Payment gateways; one without its key gives nothing back, one without its webhook secret is not listened to
    razorpay_key_id: str = ""
    razorpay_key_secret: SecretStr = SecretStr("")
    razorpay_webhook_secret: SecretStr = SecretStr("")
    razorpay_url: WebAddress = "https://api.razorpay.com"
    stripe_secret_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_url: WebAddress = "https://api.stripe.com"
    payment_gateway_timeout_seconds: Seconds = 10.0
    outcome_wait_seconds: float = Field(5.0, ge=0, le=30)
    refund_silent_seconds: Seconds = 60.0
    sandbox_gateway: Literal["auto", "on", "off"] = "auto"
    sandbox_gateway_behaviour: dict[str, Literal["fail", "late", "lose", "later", "later_fail"]] = {}
    sandbox_gateway_webhook_secret: SecretStr = SecretStr("")

    # Notifications; without an address they are files in the mailbox folder
    notify_url: SecretStr = SecretStr("")
    notify_from: EmailStr | None = None
    notify_from_name: str = ""

    # Webhooks to others
    webhooks_allow_loopback: bool = False

    # The model; without an address the offline responder answers from the knowledge base
    llm_base_url: WebAddress = ""
    llm_model: str = ""
    llm_api_key: SecretStr = SecretStr("")
    llm_timeout_seconds: Seconds = 20.0

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # it is called by these names
        cls,
        settings_cls: type[BaseSettings],
        *,
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, SecretFiles(settings_cls, dotenv_settings), env_settings, dotenv_settings

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if origin != "*" and not ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin, which is https://host or https://host:port")
        return origins

    @model_validator(mode="after")
    def _has_a_port_for_each(self) -> Self:
        first = self.metrics_port
        if first is not None and first + self.workers > 65536:
            raise ValueError(f"METRICS_PORT: {self.workers} processes take as many ports from it, up to 65535")
        if first is not None and first <= self.port < first + self.workers:
            raise ValueError("METRICS_PORT: PORT is among the ports it takes, one for each process")
        if bool(self.razorpay_key_id) != bool(self.razorpay_key_secret.get_secret_value()):
            raise ValueError("RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET: one is nothing without the other")
        if self.journal_days < self.backup_keep_days:
            raise ValueError("JOURNAL_DAYS, BACKUP_KEEP_DAYS: a restored backup needs the journal of all days since it")
        return self

    @property
    def direct_url(self) -> str:
        """For LISTEN, migrations and the worker: past any pooler."""
        return (self.database_direct_url or self.database_url).get_secret_value()

    @property
    def owner_url(self) -> str:
        """As the role that owns the tables."""
        return (self.database_owner_url or self.database_direct_url or self.database_url).get_secret_value()
