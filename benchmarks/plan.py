"""What a billion bounces a day take, from the speed measured on one core.

    python benchmarks/plan.py RATE [--messages 1e9] [--bytes 4400] [--record-bytes 140]

RATE is messages a CPU-second (throughput.py prints it). The rest is arithmetic; prices are list prices of one large
provider and only there to be replaced by yours.
"""

from __future__ import annotations

import argparse
import math

EXTRA = 100e-6  # CPU seconds a message on top of parsing: dealing, merging, Parquet (measured, see docs/cluster.md)
CORE_HOUR = 0.05  # US$ per core and hour, general purpose, on demand
GET, PUT = 0.0004 / 1000, 0.005 / 1000  # US$ per request to an object store
STORED = 0.023 / 30  # US$ per GB and day
BLOCK, READ = 1e9, 4e6  # bytes per partition (--blocksize 1GB), bytes per request
BUCKET, MAX_BUCKETS = 0.5e9, 1000  # bytes of mail per bucket, and how many at most
MACHINE_CORES = 16


def plan(rate: float, messages: float, size: float, record: float) -> list[tuple[str, str]]:
    """Return the rows of the plan."""
    mail = messages * size
    partitions, buckets = math.ceil(mail / BLOCK), min(math.ceil(mail / BUCKET), MAX_BUCKETS)
    hours = messages * (1 / rate + EXTRA) / 3600
    slices = partitions * buckets
    reading, between = mail / READ * GET, partitions * PUT + slices * GET
    rows = [
        ("mail", f"{mail / 1e12:.1f} TB in {partitions:,} partitions of {BLOCK / 1e6:.0f} MB"),
        ("parsing and merging", f"{hours:,.0f} core-hours, {messages / rate / 3600:,.0f} of them parsing"),
    ]
    for night in (4, 12, 24):
        cores = math.ceil(hours / night)
        rows.append(
            (
                f"done in {night} hours",
                f"{cores:,} cores, {math.ceil(cores / MACHINE_CORES):,} machines of {MACHINE_CORES}",
            )
        )
    rows += [
        (
            "memory",
            f"4 GB a core: a partition's records, or those of a bucket of {mail / buckets / 1e9:.1f} GB of mail",
        ),
        ("in between", f"{partitions:,} files, read in {slices:,} slices by {buckets:,} tasks"),
        ("records", f"{messages * record / 1e9:,.0f} GB of Parquet a day, as much again in between"),
        ("cost of cores", f"US$ {hours * CORE_HOUR:,.2f} at {CORE_HOUR} a core-hour"),
        ("cost of requests", f"US$ {reading + between:,.2f}: {reading:,.2f} for the mail, {between:,.2f} in between"),
        ("cost of keeping", f"US$ {messages * record / 1e9 * STORED:,.2f} a day for each day of records kept"),
    ]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rate", type=float)
    parser.add_argument("--messages", type=float, default=1e9)
    parser.add_argument("--bytes", type=float, default=4400)
    parser.add_argument("--record-bytes", type=float, default=140)
    options = parser.parse_args()
    print(f"{options.messages:,.0f} messages a day at {options.rate:,.0f} messages a CPU-second")
    for name, text in plan(options.rate, options.messages, options.bytes, options.record_bytes):
        print(f"{name:20} {text}")


if __name__ == "__main__":
    main()
