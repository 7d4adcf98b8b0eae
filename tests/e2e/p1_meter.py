"""A smart meter's P1 port on the network, as a DSMR 5 house with three phases has it.

What it says: the P1 companion standard 5.0.2 of Netbeheer Nederland, sections 5 and 6.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

from demo.home_assistant import LOOPBACK

from .beside import IsReady, running_beside

PERIOD_S = 1.0
"""DSMR 5 tells each second."""

SERIAL = "4530303030303030303031303030303030"
GAS_SERIAL = "4730303030303030303031303030303031"
"""Equipment identifiers, hexadecimal as on the line."""

CRC_POLYNOMIAL = 0xA001
"""CRC16 over x^16 + x^15 + x^2 + 1, least significant bit first, beginning with 0."""

type PerPhase = tuple[float, float, float]


def telegram(currents_a: PerPhase, volts_v: PerPhase, now: datetime) -> bytes:
    """Return what the meter says; a phase below 0 A feeds the grid."""
    powers_kw = [amperes * volts / 1000 for amperes, volts in zip(currents_a, volts_v, strict=True)]
    # Over all phases it tells the balance, as the supplier bills it; the current has no sign.
    total_kw = sum(powers_kw)
    lines = [
        r"/EV5\2LB-0009",
        "",
        "1-3:0.2.8(50)",
        f"0-0:1.0.0({now:%y%m%d%H%M%S}W)",
        f"0-0:96.1.1({SERIAL})",
        "1-0:1.8.1(001234.567*kWh)",
        "1-0:1.8.2(002345.678*kWh)",
        "1-0:2.8.1(000123.456*kWh)",
        "1-0:2.8.2(000234.567*kWh)",
        "0-0:96.14.0(0002)",
        f"1-0:1.7.0({kilowatts(total_kw)})",
        f"1-0:2.7.0({kilowatts(-total_kw)})",
        "0-0:96.7.21(00004)",
        "0-0:96.7.9(00002)",
        "1-0:99.97.0()",
        *each_phase("{}2.32.0(00000)", (3, 5, 7)),
        *each_phase("{}2.36.0(00000)", (3, 5, 7)),
        "0-0:96.13.0()",
        *each_phase("{}2.7.0({:05.1f}*V)", (3, 5, 7), volts_v),
        *each_phase("{}1.7.0({:03.0f}*A)", (3, 5, 7), map(abs, currents_a)),
        *each_phase("{}1.7.0({})", (2, 4, 6), map(kilowatts, powers_kw)),
        *each_phase("{}2.7.0({})", (2, 4, 6), (kilowatts(-power) for power in powers_kw)),
        "0-1:24.1.0(003)",
        f"0-1:96.1.0({GAS_SERIAL})",
        f"0-1:24.2.1({now:%y%m%d%H%M}00W)(01234.567*m3)",
        "!",
    ]
    text = "\r\n".join(lines).encode("ascii")
    return text + f"{crc16(text):04X}\r\n".encode("ascii")


def each_phase(form: str, *values: Iterable[object]) -> list[str]:
    """Return a line for each phase, with the values that it has in this order."""
    return ["1-0:" + form.format(*row) for row in zip(*values, strict=True)]


def kilowatts(power_kw: float) -> str:
    """Return what flows in one direction, with three decimals; what flows against it is none."""
    return f"{max(0, power_kw):06.3f}*kW"  # in this order: of 0 and -0.0 the first one stays


def crc16(text: bytes) -> int:
    """Return the checksum of a telegram, from its slash to its exclamation mark."""
    crc = 0
    for byte in text:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (CRC_POLYNOMIAL if crc & 1 else 0)
    return crc


class P1Meter:
    """The meter: whoever connects is told all phases, each second."""

    def __init__(self) -> None:
        self.currents_a: PerPhase = (0.0, 0.0, 0.0)
        """What flows, import positive; the next telegram says it."""

        self.volts_v: PerPhase = (230.0, 230.0, 230.0)
        self.port = 0
        self.is_plugged = True
        """Without its cable it tells nobody anything, and ends the connections."""

    @property
    def url(self) -> str:
        """Return what a user enters as the serial port."""
        return f"socket://{LOOPBACK}:{self.port}"

    async def serve(self, is_ready: IsReady) -> None:
        """Listen until cancelled."""
        server = await asyncio.start_server(self._tell, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        is_ready()
        async with server:
            await server.serve_forever()

    async def _tell(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            while self.is_plugged:
                writer.write(telegram(self.currents_a, self.volts_v, datetime.now(UTC)))
                await writer.drain()
                await asyncio.sleep(PERIOD_S)


@contextmanager
def running_p1_meter() -> Iterator[P1Meter]:
    """Run a meter beside the test."""
    meter = P1Meter()
    with running_beside(meter.serve):
        yield meter
