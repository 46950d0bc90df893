"""Versions in the schemes of real projects: their order, their pre-releases, ranges of them."""

from __future__ import annotations

import random

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version as Pep440

from watcher.versions import Version, parse, specified, within

#: How projects number, oldest first; `?` marks a pre-release, `=` stands between two names of one place.
SCHEMES = {
    "CPython": "3.12.7 < 3.13.0a1? < 3.13.0a6? < 3.13.0b1? < 3.13.0b4? < 3.13.0rc1? < 3.13.0rc3? < 3.13.0 < 3.13.1",
    "CPython's tags": "v2.7.18 < v3.0 < v3.9.0a1? < v3.9.0 < v3.9.20 < v3.10.0",
    "Django": "1.11.29 < 4.2.16 < 5.0 = 5.0.0 < 5.1a1? < 5.1b1? < 5.1rc1? < 5.1 < 5.1.3 < 5.2a1?",
    "NumPy": "1.26.4 < 2.0.0.dev0? < 2.0.0b1? < 2.0.0rc2? < 2.0.0 < 2.2.0.dev0? < 2.2.0rc1? < 2.2.0",
    "pip": "9.0.3 < 10.0.0b2? < 10.0.0 < 19.3.1 < 20.0 < 24.3.1 < 25.0",
    "setuptools": "v65.5.0 < v65.5.0.post1 < v75.6.0 < v76.0.0",
    "PEP 440": (
        "1.0.dev1? < 1.0a1.dev1? < 1.0a1? < 1.0a1+abc? < 1.0a1+5? < 1.0a1.post1? < 1.0a2? < 1.0b1? < 1.0rc1? < 1.0"
        " < 1.0+abc < 1.0+5 < 1.0.post1.dev1? < 1.0.post1 = 1.0-1 = 1.0-r1 < 1.0.post2 < 1.1 < 1!0.1"
    ),
    "semver": (
        "1.0.0-alpha? < 1.0.0-alpha.1? < 1.0.0-alpha.beta? < 1.0.0-beta? < 1.0.0-beta.2? < 1.0.0-beta.11?"
        " < 1.0.0-rc.1? < 1.0.0 < 1.0.1"
    ),
    "Linux": "2.6.39 < 3.0 < 6.11 < 6.11.9 < 6.11.10 < 6.12-rc1? < v6.12-rc3? < 6.12-rc7? < 6.12 < 6.12.1",
    "PostgreSQL": "REL9_6_24 < REL_10_0 < REL_16_5 < REL_17_BETA1? < REL_17_BETA3? < REL_17_RC1? < REL_17_0 < REL_17_2",
    "OpenSSL": (
        "OpenSSL_0_9_8zh < OpenSSL_1_0_2u < OpenSSL_1_1_1-pre9? < OpenSSL_1_1_1 < OpenSSL_1_1_1a < OpenSSL_1_1_1c"
        " < OpenSSL_1_1_1d < OpenSSL_1_1_1w < openssl-3.0.0-alpha17? < openssl-3.0.0-beta1? < openssl-3.0.0"
        " < openssl-3.0.15 < openssl-3.4.0"
    ),
    "OpenSSL's letters": "1.0.2 < 1.0.2a < 1.0.2b < 1.0.2c < 1.0.2m < 1.0.2z < 1.0.2za < 1.0.2zk < 1.1.0",
    "OpenSSH": "V_6_9_P1 < V_9_8 < V_9_8_P1 < V_9_9_P1 < V_9_9_P2 < V_10_0_P1",
    "OpenSSH, as it says itself": "7.9p1 < 9.9 < 9.9p1 < 9.9p2 < 10.0p1",
    "OpenJDK": ("jdk-11.0.25+9 < jdk-21.0.4+5 < jdk-21.0.4+7 < jdk-24-ea+9? < jdk-24-ea+22? < jdk-24 < jdk-24+36"),
    "OpenJDK 8": "jdk8u402-b06 < jdk8u412-b01 < 8u412-b08 < 8u422-b05 < jdk-9+181",
    "Java's own words": "1.7.0_80 < 1.8.0_402 < 1.8.0_412 < 1.8.0_412-b08 < 11.0.2",
    "Go": "go1.4.3 < go1.22.9 < go1.23rc1? < go1.23rc2? < go1.23.0 < go1.23.4 < go1.24rc1?",
    "Go modules": "v0.9.0 < v1.0.0 < v1.9.3 < v1.10.0 < v2.0.0-alpha.1? < v2.0.0",
    "Go modules in folders": "sdk/azcore/v1.9.2 < sdk/azcore/v1.16.0-beta.1? < sdk/azcore/v1.16.0",
    "Node.js": "v4.9.1 < v18.20.5 < v22.11.0 < v23.0.0-rc.1? < v23.0.0 < v23.2.0 < v24.0.0-nightly20241101? < v24.0.0",
    "canaries on npm": (
        "14.2.18 < 15.0.0-canary.9? < 15.0.0-canary.205? < 15.0.0-rc.0? < 15.0.0-rc.1? < 15.0.0 < 15.0.4-canary.3?"
    ),
    "packages of a monorepo": "@acme/core@1.9.0 < @acme/core@1.10.0-next.11? < @acme/core@1.10.0",
    "TypeScript": "5.6.3 < 5.7.0-dev.20240930? < 5.7.0-dev.20241004? < 5.7.0-beta? < 5.7.1-rc? < 5.7.2",
    "Kubernetes": "v1.9.11 < v1.31.2 < v1.32.0-alpha.3? < v1.32.0-beta.0? < v1.32.0-rc.0? < v1.32.0-rc.1? < v1.32.0",
    "k3s": "v1.31.1+k3s1 < v1.31.2-rc1+k3s1? < v1.31.2+k3s1 < v1.31.2+k3s2 < v1.31.3+k3s1",
    "Docker tags": (
        "3.9-slim < 3.12 < 3.12-alpine < 3.12-slim < 3.12-slim-bookworm < 3.12.7-slim < 3.13.0rc2-slim? < 3.13-slim"
        " < 3.14-rc-slim? < 3.14-slim"
    ),
    "Docker tags of PHP": "8.3.14-fpm-alpine3.20 < 8.4.0RC4-fpm? < 8.4.1 < 8.4.1-cli-bookworm < 8.4.1-fpm-alpine3.20",
    "Docker tags of CUDA": "11.8.0-devel-ubuntu22.04 < 12.4.1-base-ubi9 < 12.4.1-devel-ubuntu22.04 < 12.6.2-base-ubi9",
    "Ubuntu": "22.04 LTS < 22.04.5 LTS < Ubuntu 23.10 < 24.04 LTS = 24.04 < 24.04.1 LTS < 24.10",
    "Debian": "7.11 < 10.13 < 11 < 11.11 < 12.7 < 12.8",
    "Debian's packages": (
        "2.3-4 < 2.4~beta2-1? < 2.4~rc1-1? < 2.4-1~bpo12+1 < 2.4-1 < 2.4-1ubuntu1 < 2.4-1.1 < 2.4-2 < 2.4-10"
        " < 1:2.3-4ubuntu5 < 1:2.3-4ubuntu10"
    ),
    "Debian, repacked": "5.2~dfsg-1 < 5.3+dfsg-1 < 5.3+dfsg-2 < 5.3+dfsg-2+deb12u1 < 5.3+dfsg-2+deb12u2 < 5.4+dfsg-1",
    "Firefox": "115.17.0esr < 128.4.0esr < 128.5.0esr < 132.0.2 < 133.0a1? < 133.0b1? < 133.0b9? < 133.0 < 133.0.3",
    "Chrome": "99.0.4844.94 < 130.0.6723.116 < 131.0.6778.69 < 131.0.6778.85 < 131.0.6778.108",
    "Windows": "10.0.19045.5131 < 10.0.22631.4391 < 10.0.22631.4460 < 10.0.26100.2314",
    "WordPress": "4.9.26 < 6.6.2 < 6.7-alpha? < 6.7-beta1? < 6.7-beta3? < 6.7-RC1? < 6.7-RC5? < 6.7 < 6.7.1",
    "Drupal": "7.103 < 10.3.10 < 11.0.9 < 11.1.0-beta1? < 11.1.0-rc1? < 11.1.0 < 11.1.x-dev?",
    "Drupal's modules": "8.x-1.9 < 8.x-3.0-alpha1? < 8.x-3.0-rc2? < 8.x-3.0 < 8.x-3.15 < 4.0.0",
    "TeX": "3 < 3.1 < 3.14 < 3.1415 < 3.14159 < 3.141592 < 3.141592653",
    "MySQL": "mysql-8.0.9-rc? < mysql-8.0.11 < mysql-8.0.40 < mysql-8.4.3 < mysql-9.0.0-dmr? < mysql-9.1.0",
    "SQLite": "version-3.8.11.1 < version-3.46.1 < version-3.47.0 < version-3.47.1",
    "Ruby": "v2_7_8 < v3_3_6 < v3_4_0_preview1? < v3_4_0_preview2? < v3_4_0_rc1? < v3_4_0 < v3_10_1",
    "gems": "7.0.8 < 7.1.0.beta1? < 7.1.0.rc1? < 7.1.0.rc2? < 7.1.0 < 7.1.5.1 < 8.0.0.pre?",
    "PHP": "8.4.0alpha1? < 8.4.0beta5? < 8.4.0RC1? < php-8.4.0RC4? < php-8.4.0 < php-8.4.1 < 8.5.0-dev? < 8.5.0",
    "Perl": "v5.8.9 < v5.40.0 < v5.41.6 < v5.42.0-RC1? < v5.42.0",
    "Spring": "v5.0.0.M1? < 5.0.0.RC4? < 5.0.0.RELEASE = 5.0.0 < 5.3.39 < v6.2.0-M7? < v6.2.0-RC3? < v6.2.0",
    "Hibernate": "5.6.15.Final < 6.0.0.Alpha9? < 6.0.0.Beta3? < 6.0.0.CR1? < 6.0.0.CR2? < 6.0.0.Final < 6.6.3.Final",
    "JBoss": "7.0.0.GA = 7.0.0 < 7.0.0.SP1 < 7.0.1.Final < 10.0.0.Beta1? < 10.0.0.Final",
    "Maven": "3.9.9 < 4.0.0-alpha-13? < 4.0.0-beta-5? < 4.0.0-rc-1? < 4.0.0-SNAPSHOT? < 4.0.0",
    "Eclipse": "2026-06 < 2026-09-M1? < 2026-09-M3? < 2026-09-RC1? < 2026-09 < 2026-12-M2?",
    "Jenkins": "jenkins-2.462.3 < jenkins-2.479-rc? < jenkins-2.479 < jenkins-2.479.1 < jenkins-2.486",
    "VS Code": "1.9.1 < 1.94.2 < 1.95.0-insider? < 1.95.0 < 1.95.3 < 1.96.0-insiders?",
    "Home Assistant": "0.118.5 < 2026.10.4 < 2026.11.0b0? < 2026.11.0b3? < 2026.11.0b10? < 2026.11.0 < 2026.11.1",
    "yt-dlp": "2021.01.07 < 2023.12.30 < 2024.11.04 < 2024.11.18 < 2024.11.18.232859",
    "days": "2025-12-31 < 20260101 = 2026-01-01 = 2026/01/01 = 2026.1.1 < 2026-01-01.2 < 2026-11-01 < 20261102",
    "Rust's nightlies": "nightly-2024-10-31? < nightly-2024-11-01? < nightly-2025-01-01?",
    "Rust": "1.9.0 < 1.82.0 < 1.83.0-nightly? < 1.83.0-beta.1? < 1.83.0-beta.6? < 1.83.0 < 1.84.0-nightly?",
    "FFmpeg": "n2.8.22 < n6.1.2 < n7.0 < n7.1-dev? < n7.1 < n7.1.1",
    "nginx": "release-0.8.55 < release-1.9.15 < release-1.26.2 < release-1.27.2",
    "Erlang": "OTP-26.2.5.5 < OTP-27.0-rc1? < OTP-27.0-rc3? < OTP-27.0 < OTP-27.1.2",
    "LLVM": "llvmorg-18.1.8 < llvmorg-19-init? < llvmorg-19.1.0-rc4? < llvmorg-19.1.0 < llvmorg-20.0.0git?",
    "Qt": "v5.15.16 < v6.7.3 < v6.8.0-beta4? < v6.8.0-rc1? < v6.8.0 < v6.8.1",
    "Blender": "v2.79b < v2.93.18 < v4.2.3 < v4.3.0-beta? < v4.3.0",
    "GIMP": "GIMP_2_8_22 < GIMP_2_10_38 < GIMP_2_99_18 < GIMP_3_0_0_RC1? < GIMP_3_0_0_RC2? < GIMP_3_0_0",
    "GNOME": "3.37.92 < 3.38.0 < 40.alpha? < 40.beta? < 40.rc? < 40.0 < 47.1",
    "Terraform": "v0.15.5 < v1.9.8 < v1.10.0-alpha20240926? < v1.10.0-beta1? < v1.10.0-rc3? < v1.10.0",
    "Helm charts": "ingress-nginx-4.9.1 < ingress-nginx-4.11.3 < ingress-nginx-4.12.0-beta.0? < ingress-nginx-4.12.0",
    "Boost": "boost-1.9.0 < boost-1.86.0 < boost-1.87.0.beta1? < boost-1.87.0",
    "curl": "curl-7_88_1 < curl-8_9_1 < curl-8_10_0 < curl-8_10_1 < curl-8_11_0",
    "Samba": "samba-4.9.18 < samba-4.20.6 < samba-4.21.0rc4? < samba-4.21.0 < samba-4.21.2",
    "Postfix": "3.8.9 < 3.9-RC1? < 3.9.0 < 3.9.1 < 3.10-20241110",
    "Exim": "exim-4.97.1 < exim-4.98-RC3? < exim-4.98 < exim-4.98.2",
    "libexpat": "R_2_2_10 < R_2_5_0 < R_2_6_4",
    "llama.cpp": "b999 < b1234 < b4321",
    "svn": "r99 < r1234 < r12345",
    "ImageMagick": "6.9.13-19 < 7.1.1-9 < 7.1.1-41 < 7.1.2-0",
    "tmux": "2.9a < 3.0-rc5? < 3.3 < 3.3a < 3.5-rc? < 3.5 < 3.5a",
    "Unity": "2022.3.9f1 < 2022.3.52f1 < 2023.1.0a26? < 2023.1.0b5? < 2023.1.0f1",
    "JetBrains": "2024.1.7 < 2024.2.4 < 2024.3 EAP? < 2024.3 < 2024.3.1",
    "SQL Server": "2017-latest < 2019-CU28-ubuntu-20.04 < 2022-CU9-ubuntu < 2022-CU16-ubuntu-22.04",
    "GitLab": "17.5.1-ce.0 < 17.5.2-rc1.ce.0? < 17.5.2-ce.0 < 17.6.0-ce.0",
    "tags with dashes": "release-1-2-3 < release-1-9-0 < release-1-10-0",
    "Apache's log4j": "log4j-2.9.1 < log4j-2.24.1 < rel/log4j-2.24.2 < log4j-3.0.0-beta2? < log4j-3.0.0",
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_versions_of_a_scheme_sort_as_its_project_means_them(scheme: str) -> None:
    levels = [[text.strip("? ") for text in level.split(" = ")] for level in SCHEMES[scheme].split(" < ")]
    ranks = {text: rank for rank, level in enumerate(levels) for text in level}
    texts = list(ranks)
    random.Random(scheme).shuffle(texts)

    found = sorted(texts, key=read)

    assert [ranks[text] for text in found] == sorted(ranks.values())
    assert len({read(text) for text in texts}) == len(levels)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_pre_releases_of_a_scheme_are_told_from_its_releases(scheme: str) -> None:
    texts = [text for level in SCHEMES[scheme].split(" < ") for text in level.split(" = ")]

    found = [text.strip("?") for text in texts if read(text.strip("?")).prerelease]

    assert found == [text.strip("?") for text in texts if text.endswith("?")]


EARLY = """
    1.0-alpha 1.0a1 1.0b2 1.0-rc.1 1.0-beta2 1.0.CR1 1.0-M3 1.0~rc1 1.0-nightly 1.0-canary.5 1.0-snapshot 1.0-SNAPSHOT
    1.0-preview 1.0-next.0 1.0-insiders 1.0-dev 1.0-pre 1.0-ea 1.0-experimental-a1b2c3 1.0.dev1+g1a2b3c beta-1.0
"""
NOT_EARLY = """
    1.0 1.1.1a 1.1.1b-1 1.0-1 1.0-SP1 1.0.Final 1.0.post1 1.0-p1 1.0-r2 3.12-slim 22-alpine3.20 8u412-b08 1.8.0_412-b12
    1.0+dfsg 1.0+beta 1.0-3ea4f1c 1.0-9a1b2c 3.33.1 1.0-LTS 1.0-incubating 12.4-devel-ubuntu22.04 next-15.0.0
"""
NO_VERSION = """
    jammy latest stable v rc1 beta2 M3 bookworm-slim ltsc2022 main HEAD x264 deadbeef ٣.١٢ latest@next
    0f1e2d3c4b5a69788796a5b4c3d2e1f001234567
"""


def test_what_calls_itself_early_is_a_pre_release() -> None:
    assert [text for text in EARLY.split() if not read(text).prerelease] == []


def test_what_only_looks_early_is_none() -> None:
    assert [text for text in NOT_EARLY.split() if read(text).prerelease] == []


def test_a_name_or_a_commit_is_no_version() -> None:
    assert [text for text in NO_VERSION.split() if parse(text)] == []


@pytest.mark.parametrize("text", ["", " ", "1." + "0" * 200, "all that came in 2.0 is here"])
def test_nothing_and_what_is_more_than_a_version_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "release", "name"),
    [
        ("v1.2.0", (1, 2, 0), ""),
        ("24.04 LTS", (24, 4), ""),
        ("version 1.2", (1, 2), ""),
        ("Version 1.2 (2024-11-01)", (1, 2), ""),
        ("tool-1.2.3", (1, 2, 3), "tool"),
        ("tool@1.2.3", (1, 2, 3), "tool"),
        ("@scope/pkg@1.2.3", (1, 2, 3), "scope-pkg"),
        ("pkg/v1.2", (1, 2), "pkg"),
        ("refs/tags/v1.2", (1, 2), ""),
        ("1.2/linux-amd64", (1, 2), ""),
        ("OpenSSL_1_1_1w", (1, 1, 1), "openssl"),
        ("alpine3.20", (3, 20), "alpine"),
        ("jdk8u412-b08", (8,), ""),
        ("20261101", (2026, 11, 1), ""),
        ("2026-11-01", (2026, 11, 1), ""),
        ("20261301", (20261301,), ""),
        ("8.x-3.2", (3, 2), ""),
        ("log4j-2.24.1", (2, 24, 1), "log4j"),
    ],
)
def test_a_version_has_the_numbers_as_written_and_the_name_before_them(
    text: str, release: tuple[int, ...], name: str
) -> None:
    found = read(text)

    assert (found.text, found.release, found.major, found.name) == (text, release, release[0], name)


@pytest.mark.parametrize(
    ("spec", "inside", "outside"),
    [
        (">=2,<4", "2 2.0.1 v3.9.9 release-3.0 3.0rc1", "1.9 2.0rc1 2.0.0-beta.1 4.0 4.0rc1 4.0.0-alpha.1"),
        ("~=1.4", "1.4 1.5 1.99.1 1.4.post1", "1.3 1.4rc1 2.0 2.0a1"),
        ("~=1.4.2", "1.4.2 1.4.9", "1.4.1 1.5"),
        ("==1.*", "1 1.0 1.9.3 1.5rc1 1.0-alpha", "0.9 2.0 1!1.0 11"),
        ("==1.0.*", "1 1.0.3", "1.1"),
        ("==1.5", "1.5 1.5.0 v1.5.0+build7 1.5.Final", "1.5.1 1.5rc1 1.5-1"),
        ("==1.5+b2", "1.5+b2", "1.5.1"),
        ("!=1.5", "1.5.1 1.4 1.5rc1", "1.5 1.5.0+b1"),
        ("!=1.*", "2.0 0.9", "1 1.4"),
        (">=2024.1", "2024.1 2024.04 2024-11-01 20250101", "2023.12 24.04"),
        ("<=17.2", "REL_17_2 REL9_6_1", "REL_17_3"),
        (">1.1.1", "OpenSSL_1_1_1w 3.0", "1.1.1 1.1.1-pre9 1.1.1+b1"),
        ("<4.0rc1", "4.0b1 3.9", "4.0rc1 4.0"),
        (" >= 1.1.1k , < 3 ", "OpenSSL_1_1_1w", "1.1.1j 3.0"),
    ],
)
def test_a_range_takes_what_is_inside_it_and_nothing_else(spec: str, inside: str, outside: str) -> None:
    taken = [text for text in (*inside.split(), *outside.split()) if within(read(text), spec)]

    assert taken == inside.split()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "is no range of versions"),
        ("2", "is no range of versions"),
        (">=2,", "is no range of versions"),
        (">=2 <4", "is no range of versions"),
        ("^1.2", "is no range of versions"),
        (">=latest", '"latest" in ">=latest" is no version'),
        (">=2.*", "only == and != take a star"),
        ("~=1", "takes two numbers or more"),
    ],
)
def test_a_range_that_means_nothing_is_refused_with_words(spec: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("*", r"\*")):
        specified(spec)


def test_a_range_that_means_something_is_kept_as_written() -> None:
    assert specified(">= 2, < 4") == ">= 2, < 4"


# Laws

#: Few, so that two versions often differ only in their ends.
NUMBERS = st.sampled_from([0, 1, 2, 10])
PEP440 = st.builds(
    lambda epoch, release, pre, post, dev, local: f"{epoch}{'.'.join(map(str, release))}{pre}{post}{dev}{local}",
    st.sampled_from(["", "1!"]),
    st.lists(NUMBERS, min_size=1, max_size=2),
    st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from(["a", "b", "rc"]), NUMBERS)),
    st.one_of(st.just(""), st.builds(".post{}".format, NUMBERS)),
    st.one_of(st.just(""), st.builds(".dev{}".format, NUMBERS)),
    st.one_of(st.just(""), st.builds("+{}.{}".format, st.sampled_from(["local", "x", "5"]), NUMBERS)),
)
SEMVER = st.builds(
    lambda numbers, word, more: f"{'.'.join(map(str, numbers))}" + (f"-{'.'.join([word, *more])}" if word else ""),
    st.tuples(NUMBERS, NUMBERS, NUMBERS),
    st.sampled_from(["", "alpha", "beta", "canary", "next", "preview", "rc"]),
    st.lists(st.one_of(NUMBERS.map(str), st.sampled_from(["alpha", "beta", "x", "zeta"])), max_size=3),
)
PIECES = """
    1 2 10 08 2024 20241101 . - _ + ~ ! : / @ v rel r b u p go jdk a b c m x alpha beta rc dev nightly post final sp
    ubuntu slim lts esr x- .* ( ß 中 ٣ é
"""
TEXTS = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from([*PIECES.split(), " ", "\n"]), max_size=12).map("".join),
    PEP440,
    SEMVER,
)
VERSIONS = TEXTS.map(parse).filter(bool)


@given(st.one_of(TEXTS, st.text(max_size=300)))
def test_any_text_is_read_or_not_and_never_raises(text: str) -> None:
    found = parse(text)

    assert found is None or (found.text == text.strip() and found.release and found == found and hash(found))


@given(VERSIONS, VERSIONS, VERSIONS)
def test_the_order_is_total_across_schemes(first: Version, second: Version, third: Version) -> None:
    assert (first < second) + (first == second) + (first > second) == 1
    assert (first <= second and second <= first) == (first == second)
    assert not (first <= second <= third) or first <= third
    assert first != second or (hash(first) == hash(second) and first.prerelease == second.prerelease)


@given(st.lists(VERSIONS, max_size=12), st.randoms())
def test_a_shuffled_list_sorts_as_before(versions: list[Version], chance: random.Random) -> None:
    shuffled = list(versions)
    chance.shuffle(shuffled)

    assert sorted(shuffled) == sorted(versions)


@given(PEP440, PEP440)
def test_versions_of_pep_440_are_ordered_as_packaging_orders_them(first: str, second: str) -> None:
    theirs = Pep440(first), Pep440(second)

    assert (read(first) < read(second), read(first) == read(second)) == (theirs[0] < theirs[1], theirs[0] == theirs[1])
    assert read(first).prerelease == theirs[0].is_prerelease


@given(SEMVER, SEMVER)
def test_semantic_versions_are_ordered_as_semver_orders_them(first: str, second: str) -> None:
    theirs = semver.Version.parse(first).compare(second)

    assert (read(first) > read(second)) - (read(first) < read(second)) == theirs
    assert read(first).prerelease == bool(semver.Version.parse(first).prerelease)


@given(PEP440, st.sampled_from(["==", "!=", "<=", ">=", "<"]), st.tuples(NUMBERS, NUMBERS))
def test_a_range_of_pep_440_takes_what_packaging_takes(text: str, operator: str, numbers: tuple[int, int]) -> None:
    spec = f"{operator}{numbers[0]}.{numbers[1]}"

    assert within(read(text), spec) == SpecifierSet(spec).contains(text, prereleases=True)


def read(text: str) -> Version:
    found = parse(text.strip())
    assert found is not None, text
    return found
