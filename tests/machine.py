"""What the tests need of the machine: a browser, Chinese fonts, mosquitto, what prints and draws PDF.

On Debian, root installs what is missing.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = (
    *("chromium", "fontconfig", "fonts-noto-cjk", "mosquitto"),
    *("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "poppler-utils"),
)


def browser() -> str | None:
    """Path of the Chromium that the tests drive."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def chinese_fonts() -> bool:
    """Whether the machine can draw Chinese."""
    listed = shutil.which("fc-list")
    return bool(listed and subprocess.run([listed, ":lang=zh"], capture_output=True, check=True).stdout.strip())


def mosquitto() -> str | None:
    """Path of another maker's MQTT broker."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def printing() -> bool:
    """Whether PDFs can be printed, and drawn as pictures."""
    needed = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
    try:
        for library in needed:
            ctypes.CDLL(library)
    except OSError:
        return False
    return shutil.which("pdftoppm") is not None


def main() -> int:
    """Make the machine ready, or say what a person has to do."""
    if browser() and chinese_fonts() and mosquitto() and printing():
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(
            f"The tests need a browser, fonts, a broker and what prints PDF. Debian's packages: {' '.join(PACKAGES)}",
            file=sys.stderr,
        )
        return 1
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "--no-install-recommends", *PACKAGES]):
        subprocess.run(command, check=True, env=quiet, stdout=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
