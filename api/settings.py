"""Settings: the only reader of the environment.

Every variable starts with `ESIK_`; groups are joined by a double underscore, as in
`ESIK_DATABASE__URL`. Lower packages receive the group they need, never the whole.
"""

from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from audits.accounts.limits import QuotaLimits
from audits.verdicts import StatusPolicy


class Mode(StrEnum):
    """Whether conveniences for developers are allowed."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class DatabaseSettings(BaseModel):
    """Where PostgreSQL with PostGIS is, and how many connections one process may hold."""

    url: SecretStr = Field(
        description="postgresql+psycopg://user:password@host:port/name",
        examples=["postgresql+psycopg://esik@127.0.0.1:5432/esik"],
    )
    write_pool_size: int = Field(8, ge=1, le=100, description="Connections for writing.")
    read_pool_size: int = Field(8, ge=1, le=100, description="Connections for reading.")

    @property
    def conninfo(self) -> str:
        """Give the same address in libpq's form, for psycopg itself."""
        return self.url.get_secret_value().replace("postgresql+psycopg://", "postgresql://", 1)


class ServerSettings(BaseModel):
    """How the web server is reached."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    public_url: str = Field(
        "http://127.0.0.1:8000", description="Address that people use; links are built from it."
    )
    trusted_proxies: list[str] = Field(
        [],
        description='Networks of our own proxies, as `["10.0.0.0/8"]`; only they are believed'
        " about `X-Forwarded-For`.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _read_networks(cls, networks: list[str]) -> list[str]:
        return [str(ip_network(each)) for each in networks]


class PhotoSettings(BaseModel):
    """Limits of photo intake."""

    max_bytes: int = Field(12_000_000, ge=100_000, description="Largest photo taken in, bytes.")
    max_pixels: int = Field(50_000_000, ge=1_000_000, description="Largest photo decoded, pixels.")
    max_staged_bytes: int = Field(
        5_000_000_000,
        ge=20_000_000,
        description="Bytes that may wait in the database for the store; then new uploads get 503.",
    )
    original_lifetime_days: int = Field(
        30, ge=0, description="How long a private original is kept after the decision, days."
    )
    face_model: Path = Field(
        Path(".local/models/centerface.onnx"),
        description="Model of the face detector; without it photos are cleaned but never public.",
    )


class StoreKind(StrEnum):
    """Where photos lie."""

    FOLDER = "folder"
    S3 = "s3"


class StoreSettings(BaseModel):
    """Where photos lie: a folder of this machine, or a bucket behind the S3 interface."""

    kind: StoreKind = Field(StoreKind.FOLDER, description="`folder` or `s3`.")
    folder: Path | None = Field(
        None, description="Folder of photos; empty means `photos` in the data folder."
    )
    endpoint_url: str | None = Field(
        None, description="Address of the S3 server; empty means Amazon's own."
    )
    bucket: str = Field("", description="Bucket; it must exist and must not be public.")
    region: str = Field("us-east-1", description="Region; most other servers ignore it.")
    access_key_id: str = Field("", description="Key id at the S3 server.")
    secret_access_key: SecretStr = Field(SecretStr(""), description="Secret of the key.")
    prefix: str = Field("", description="In front of every key, to share a bucket.")

    @model_validator(mode="after")
    def _s3_needs_a_bucket(self) -> Self:
        if self.kind is StoreKind.S3 and not self.bucket:
            raise ValueError("s3 needs ESIK_STORE__BUCKET")
        return self


class AuthSettings(BaseModel):
    """Lifetimes of what proves who one is."""

    access_minutes: int = Field(15, ge=1, le=120, description="Life of an access token, minutes.")
    refresh_days: int = Field(60, ge=1, le=365, description="Life of a refresh token, days.")
    staff_second_factor: bool | None = Field(
        None, description="Staff need a second factor; empty means in production only."
    )


class EmailSender(StrEnum):
    """How codes travel by e-mail."""

    CONSOLE = "console"
    SMTP = "smtp"
    OFF = "off"


class SmsSender(StrEnum):
    """How codes travel by SMS."""

    CONSOLE = "console"
    HTTP = "http"
    OFF = "off"


class MessageSettings(BaseModel):
    """How one-time codes are sent."""

    email: EmailSender | None = Field(
        None,
        description="`smtp`, `off`, or `console` (development only); empty means `console` in"
        " development and `off` in production.",
    )
    sms: SmsSender | None = Field(
        None,
        description="`http`, `off`, or `console` (development only); empty means `console` in"
        " development and `off` in production.",
    )
    smtp_host: str = Field("", description="Mail server of the city.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_from: str = Field("", description="Sender's address of e-mails.")
    smtp_user: str | None = Field(None, description="Log-in at the mail server.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server.")
    smtp_starttls: bool = Field(
        default=True, description="Encrypt with STARTTLS; off only towards this machine."
    )
    sms_url: str = Field(
        "", description='SMS gateway: gets `POST {"to", "text"}` with the token; https only.'
    )
    sms_token: SecretStr = Field(SecretStr(""), description="Bearer token of the SMS gateway.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.email is EmailSender.SMTP and not (self.smtp_host and self.smtp_from):
            raise ValueError("e-mail by smtp needs SMTP_HOST and SMTP_FROM")
        ready = self.sms_url.startswith("https://") and self.sms_token.get_secret_value()
        if self.sms is SmsSender.HTTP and not ready:
            raise ValueError("SMS by http needs SMS_URL (https://…) and SMS_TOKEN")
        return self


class QuotaSettings(BaseModel):
    """What one account may send in 24 hours."""

    audits_per_day: int = Field(600, ge=1, description="New audits and versions of an account.")
    photo_bytes_per_day: int = Field(
        3_000_000_000, ge=1, description="Bytes of photos of an account."
    )
    barriers_per_day: int = Field(200, ge=1, description="Barrier reports of an account.")
    confirmations_per_day: int = Field(2_000, ge=1, description="Votes of an account.")
    device_percent: int = Field(
        60, ge=1, le=100, description="Share of these bounds that a single device gets, percent."
    )

    def as_limits(self) -> QuotaLimits:
        """Give the form that the accounts package works with."""
        return QuotaLimits(
            audits=self.audits_per_day,
            photo_bytes=self.photo_bytes_per_day,
            barriers=self.barriers_per_day,
            confirmations=self.confirmations_per_day,
            device_percent=self.device_percent,
        )


class Settings(BaseSettings):
    """Everything that differs between one installation and another."""

    model_config = SettingsConfigDict(
        env_prefix="ESIK_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    mode: Mode = Field(
        Mode.DEVELOPMENT, description="`production` refuses demo accounts and open conveniences."
    )
    data_dir: Path = Field(
        Path(".local/data"), description="Keys, photos and the routing graph lie here."
    )
    cache_dir: Path = Field(
        Path(".local/cache"), description="What can be made again, such as machine code."
    )
    web_dir: Path = Field(
        Path(".local/web/node_modules"),
        description="Browser libraries that npm installed; pages also work without them.",
    )
    log_level: Literal["debug", "info", "warning"] = Field(
        "info", description="`warning` is quiet while everything goes well."
    )
    log_json: bool = Field(default=False, description="One JSON object per log line.")
    time_zone: str = Field(
        "Asia/Almaty", description="Clock of the city: opening hours are read by it."
    )
    adaptation_policy: StatusPolicy = Field(
        StatusPolicy.YES_ONLY,
        description="Which words count as adapted: `yes_only` or `yes_or_with_help`.",
    )
    database: DatabaseSettings
    server: ServerSettings = ServerSettings()
    photos: PhotoSettings = PhotoSettings()
    store: StoreSettings = StoreSettings()
    auth: AuthSettings = AuthSettings()
    quotas: QuotaSettings = QuotaSettings()
    messages: MessageSettings = MessageSettings()

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.mode is Mode.PRODUCTION and self.server.public_url.startswith("http://127."):
            raise ValueError("production needs ESIK_SERVER__PUBLIC_URL, the address people use")
        consoles = {self.email_sender, self.sms_sender} & {EmailSender.CONSOLE, SmsSender.CONSOLE}
        if self.mode is Mode.PRODUCTION and consoles:
            raise ValueError("production sends no codes to the console: set ESIK_MESSAGES__…")
        return self

    @field_validator("time_zone")
    @classmethod
    def _know_the_time_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"there is no time zone {name}")
        return name

    @property
    def email_sender(self) -> EmailSender:
        """How codes travel by e-mail here."""
        default = EmailSender.OFF if self.mode is Mode.PRODUCTION else EmailSender.CONSOLE
        return self.messages.email or default

    @property
    def sms_sender(self) -> SmsSender:
        """How codes travel by SMS here."""
        default = SmsSender.OFF if self.mode is Mode.PRODUCTION else SmsSender.CONSOLE
        return self.messages.sms or default

    @property
    def needs_second_factor(self) -> bool:
        """Whether staff must have a second factor before they may act."""
        wanted = self.auth.staff_second_factor
        return self.mode is Mode.PRODUCTION if wanted is None else wanted

    @property
    def keys_dir(self) -> Path:
        """Where the service's own signing keys lie."""
        return self.data_dir / "keys"

    @property
    def photos_dir(self) -> Path:
        """Where the folder store keeps photos."""
        return self.data_dir / "photos"

    @property
    def graph_dir(self) -> Path:
        """Where base files of the routing graph lie, shared by the processes of a machine."""
        return self.data_dir / "graph"

    @property
    def numba_dir(self) -> Path:
        """Where compiled kernels are cached."""
        return self.cache_dir / "numba"
