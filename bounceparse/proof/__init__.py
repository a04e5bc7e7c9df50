"""Proof that a bounce answers mail of ours: anyone can write a report about an address they want unsubscribed."""

from __future__ import annotations

from bounceparse.proof.prove import Proof, ProofKind, Prover, prove
from bounceparse.proof.settings import Key, ProofSettings

__all__ = ["Key", "Proof", "ProofKind", "ProofSettings", "Prover", "prove"]
