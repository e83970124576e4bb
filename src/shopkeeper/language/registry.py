"""Which text encoder a shop's settings ask for."""

from shopkeeper.error import SettingError
from shopkeeper.language.openai_endpoint import OpenAIEncoder
from shopkeeper.language.protocol import TextEncoder
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.setting import LanguageSection

OPENAI_PREFIX = "openai:"


def open_encoder(setting: LanguageSection) -> TextEncoder:
    """The encoder of `language.encoder`; nothing is loaded or asked yet. Raises SettingError for an unknown one."""
    if setting.encoder == "usem3":
        return Usem3Encoder(setting.threads)
    if setting.encoder.startswith(OPENAI_PREFIX):
        return OpenAIEncoder(setting.encoder.removeprefix(OPENAI_PREFIX), setting.endpoint, setting.api_key)
    raise SettingError(
        f'language.encoder = "{setting.encoder}" is not known. Use "usem3", or "openai:MODEL" with language.endpoint'
    )
