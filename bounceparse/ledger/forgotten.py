"""Persons who asked to be forgotten: nothing of them is kept but, where asked for, a salted hash.

The hash (HMAC-SHA-256 under a salt that belongs to the ledger) tells that an address which turns up again is
suppressed, without telling which addresses those are to someone who doesn't already know them.
"""

from __future__ import annotations

import hashlib
import hmac

from bounceparse.ledger.database import Database


class Forgotten:
    """The hashes of forgotten addresses, read when first asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._salt: bytes | None = None
        self._suppressed: set[str] | None = None

    def hash(self, key: str) -> str:
        """Return the salted hash of an address key."""
        if self._salt is None:
            self._salt = bytes.fromhex(self._database.query("SELECT value FROM meta WHERE name = 'salt'")[0][0])
        return hmac.new(self._salt, key.encode(), hashlib.sha256).hexdigest()

    def any_suppressed(self) -> bool:
        """Say whether there is anybody who was forgotten but is to stay suppressed."""
        return bool(self._hashes())

    def is_suppressed(self, key: str) -> bool:
        """Say whether this address was forgotten but is to stay suppressed."""
        hashes = self._hashes()
        return bool(hashes) and self.hash(key) in hashes

    def _hashes(self) -> set[str]:
        if self._suppressed is None:
            rows = self._database.query("SELECT hash FROM forgotten WHERE suppressed = 1")
            self._suppressed = {row[0] for row in rows}
        return self._suppressed

    def add(self, key: str, now: int) -> None:
        """Remember that this address stays suppressed."""
        self._database.execute(
            "INSERT INTO forgotten VALUES (?, 1, ?) ON CONFLICT (hash) DO UPDATE SET suppressed = 1",
            (self.hash(key), now),
        )
        self._suppressed = None

    def remove(self, key: str) -> None:
        """Drop the hash of this address."""
        self._database.execute("DELETE FROM forgotten WHERE hash = ?", (self.hash(key),))
        self._suppressed = None
