"""Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): services and requests, for systems that speak it.

    GET  services, services/{code}         the classes
    GET  requests, requests/{number}       cases, as any token reads them: masked, never restricted
    POST requests                          a report, as a form; photos as `media`

Every address ends with .json or .xml. The token is the `api_key` of the standard, or `Authorization: Bearer`.
"""

from bot.api.open311.doors import add_routes

__all__ = ["add_routes"]
