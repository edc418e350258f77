from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from moderation.addresses import check_permitted, is_public, resolve
from moderation.errors import DownloadFailed


class TestIsPublic:
    @pytest.mark.parametrize(
        "address", ["8.8.8.8", "1.1.1.1", "223.5.5.5", "2606:4700::1111", "2001:4860:4860::8888"]
    )
    def test_addresses_of_the_internet_are(self, address):
        assert is_public(ip_address(address))

    @pytest.mark.parametrize(
        "address",
        [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "168.63.129.16",
            "169.254.169.254",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ],
    )
    def test_all_others_are_not(self, address):
        assert not is_public(ip_address(address))


class TestCheckPermitted:
    def test_one_private_address_among_public_ones_is_refused(self):
        with pytest.raises(DownloadFailed, match="not public"):
            check_permitted([ip_address("8.8.8.8"), ip_address("10.0.0.1")], ())

    def test_an_allowed_network_is_permitted(self):
        check_permitted([ip_address("10.0.0.1")], (ip_network("10.0.0.0/24"),))

    def test_neighbours_of_an_allowed_network_are_refused(self):
        with pytest.raises(DownloadFailed):
            check_permitted([ip_address("10.0.1.1")], (ip_network("10.0.0.0/24"),))


class TestResolve:
    @pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1"])
    def test_an_address_is_its_own_answer_in_any_spelling(self, host):
        assert resolve(host, 5) == [ip_address("127.0.0.1")]

    def test_an_unknown_host_is_a_failed_download(self):
        with pytest.raises(DownloadFailed, match="not known"):
            resolve("no-such-host.invalid", 5)
