"""Where a webhook may go: to the whole world's addresses, and inside one's own network only where allowed.

A name is looked up once and the address that was looked at is the one that is called, so that a name server
cannot answer otherwise the second time.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Collection

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address, which a gateway calls."""


class AddressRefused(Exception):
    """The host lies where nothing is sent to."""


class HostUnknown(Exception):
    """No name server knows the host now."""


async def find_address(host: str, port: int, *, private_hosts: Collection[str]) -> str:
    """The address to call this host by. Raises AddressRefused where any address of it is not public and the
    host is not among `private_hosts`, HostUnknown where it has none.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise HostUnknown from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses:
        raise HostUnknown
    if host not in private_hosts and not all(is_public(address) for address in addresses):
        raise AddressRefused
    return str(addresses[0])


def is_public(address: Address) -> bool:
    """Whether the whole world calls this address, and no network has it for itself."""
    return all(one.is_global and not one.is_multicast for one in (address, *_list_embedded(address)))


def _list_embedded(address: Address) -> list[Address]:
    """IPv4 addresses that a call to this IPv6 address may end at."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    tunnel = address.teredo or ()
    found: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour, *tunnel) if one]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found
