"""Settings of signing in to the console by another system's accounts."""

from typing import Annotated, Literal

from pydantic import Field

from bot.channels.setting_types import Secret, Section, Text, WebURL


class OidcSettings(Section):
    """An OpenID Connect provider (统一身份认证); needs the extra `oidc`."""

    issuer: WebURL = Field(examples=['"https://sso.example.gov.cn/realms/gov"'])
    """Its name for itself, below which `.well-known/openid-configuration` is found."""
    client_id: Text = Field(examples=["gridbot"])
    client_secret: Secret
    name: Text = "统一身份认证"
    """What the button says."""
    claim: Text = "preferred_username"
    """Which claim of the ID token says who it is."""
    matches: Annotated[Literal["code", "wecom"], Field(examples=["code"])] = "code"
    """What that claim is equal to: the code of a person, or their WeCom user id."""
