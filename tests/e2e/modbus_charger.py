"""A charger behind a Modbus TCP port: a register for its current, one for on, one for its draw."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from demo.home_assistant import LOOPBACK

from .beside import IsReady, running_beside

FIRST_ADDRESS = 1000
LIMIT, IS_ON, DRAW = range(3)
"""The registers, from the first address on; whole amperes."""

MINIMUM_A = 6


class ModbusCharger:
    """One unit on the line, and the car in front of it."""

    def __init__(self, unit: int, *, full_a: int) -> None:
        self.unit, self.full_a = unit, full_a
        self.registers = [MINIMUM_A, 0, 0]
        self.takes_writes = True

    @property
    def limit_a(self) -> int:
        """Return what the register holds."""
        return self.registers[LIMIT]

    @property
    def is_on(self) -> bool:
        """Return whether it may charge."""
        return bool(self.registers[IS_ON])

    @property
    def drawn_a(self) -> int:
        """Return what the car draws."""
        return min(self.limit_a, self.full_a) if self.is_on and self.limit_a >= MINIMUM_A else 0

    def device(self) -> SimDevice:
        """Return it as the server knows it."""
        data = SimData(FIRST_ADDRESS, values=self.registers, datatype=DataType.REGISTERS)
        return SimDevice(self.unit, simdata=[data], action=self.on_request)

    async def on_request(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        written: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Refuse, or take what is written; what is read is how it is now."""
        if written is not None:
            if not self.takes_writes:
                return ExcCodes.DEVICE_BUSY
            self.registers[address - start : address - start + count] = [*map(int, written)]
        self.registers[DRAW] = self.drawn_a
        registers[:] = self.registers
        return None


@contextmanager
def running_line(*chargers: ModbusCharger, port: int) -> Iterator[None]:
    """Run chargers on one line beside the test."""

    async def serve(is_ready: IsReady) -> None:
        server = ModbusTcpServer(
            [charger.device() for charger in chargers], address=(LOOPBACK, port)
        )
        await server.serve_forever(background=True)
        is_ready()
        try:
            await server.serving
        finally:
            await server.shutdown()

    with running_beside(serve):
        yield
