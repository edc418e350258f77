"""Which network addresses a download may go to."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from moderation.errors import DownloadFailed, DownloadTimedOut

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = ip_network("2000::/3")
_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by customers of a provider
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # metadata service of a cloud, though a public address
        "169.254.0.0/16",  # link-local, metadata services of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which may hold any IPv4 address
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the public internet.

    IPv6 addresses that hold an IPv4 address (mapped, NAT64, 6to4, Teredo) do not.
    """
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def resolve(host: str, timeout_s: float) -> list[Address]:
    """Look up all addresses of a host; an address in any spelling is its own answer.

    Raises DownloadFailed if there are none, DownloadTimedOut if the answer takes too long.
    """
    answers: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()
    # A lookup cannot be interrupted, so that it is left to itself if it takes too long.
    threading.Thread(target=_look_up, args=(host, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise DownloadTimedOut(
            f"The name of the host {host} was not resolved in time; try again."
        ) from None
    if isinstance(answer, Exception):
        raise DownloadFailed(f"The host {host} is not known; check the URL.") from answer
    return answer


def check_permitted(addresses: Iterable[Address], allowed_networks: Iterable[Network]) -> None:
    """Raise DownloadFailed unless all addresses are public or in an allowed network."""
    allowed_networks = tuple(allowed_networks)
    for address in addresses:
        is_allowed = any(address in network for network in allowed_networks)
        if not is_allowed and not is_public(address):
            raise DownloadFailed(
                "The URL leads to an address that is not public; use a public URL, or upload "
                "the picture."
            )


def _look_up(host: str, answers: queue.SimpleQueue[list[Address] | Exception]) -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        texts = dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found)
        answers.put([ip_address(text) for text in texts])
    except (OSError, ValueError) as error:  # a UnicodeError is a ValueError
        answers.put(error)
