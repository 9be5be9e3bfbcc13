"""The simulated plant, live: physics once a second, its readings to an OPC UA server, a Modbus PLC, a weighing terminal
and MQTT loggers, and a control desk.

`run` starts everything, writes the `ready` file, and goes on until it is told to stop (SIGTERM, SIGINT, or an event).
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from math import isnan
from typing import Any

from simulators.desk import Answer, Desk, UnknownCommand
from simulators.faults import KINDS, PROBES, Fault, NoSuchCourse, UnknownFault, UnknownTarget, fault
from simulators.faults import TARGETS as KNOWN_TARGETS
from simulators.labels import Courses, Label, Labels
from simulators.modbus_plc import ColdStorePlc
from simulators.modbus_scale import ScaleTerminal
from simulators.mqtt_truck import TruckLogger
from simulators.opcua_line import OBJECTS, LineServer
from simulators.physics.scale import LoadImpossible, Scale
from simulators.scenario import Scenario, in_radio_hole
from simulators.settings import Settings
from simulators.works import SITE, points, warmed

log = logging.getLogger(__name__)

TICK_S = 1.0
SCALE = "scale-1"
LONGEST_TICK_S = 30.0
"""After the machine slept, the plant goes on; it does not make up for lost time."""


class LivePlant:
    """The plant between its servers: state, and what a tick and a command do to it."""

    def __init__(self, settings: Settings, at: datetime) -> None:
        self.settings = settings
        self.scenario = Scenario(settings.scenario)
        self.labels = Labels(settings.labels, at)
        self.works = warmed(settings.seed, at.timestamp())
        self.line = LineServer(settings.host, settings.opcua_port)
        self.plc = ColdStorePlc(settings.host, settings.modbus_port)
        self.scale, self.terminal = Scale(), ScaleTerminal(settings.host, settings.scale_port)
        trucks = self.works.trucks if settings.mqtt else ()
        broker = settings.mqtt or ("", 0)
        self.loggers = {t: TruckLogger(t, broker, settings.mqtt_user, settings.mqtt_password) for t in trucks}
        self.desk = Desk(settings.control, self.answer)
        self.at = at
        self.readings: dict[str, dict[str, float]] = {}

    @property
    def parts(self) -> tuple[LineServer | ColdStorePlc | ScaleTerminal | TruckLogger, ...]:
        """What speaks over the wire."""
        return self.line, self.plc, self.terminal, *self.loggers.values()

    async def tick(self, at: datetime) -> None:
        """Move on to this moment and tell everybody."""
        elapsed_s = min((at - self.at).total_seconds(), LONGEST_TICK_S)
        if elapsed_s > 0:
            self.works.advance(elapsed_s, self.settings.speed, at.timestamp())
            self.scale.advance(elapsed_s)
        self.at = at
        for due in self.scenario.due(at.timestamp()):
            self.switch_on(due)
        self._travel(at)
        self.readings = {name: self.works.read(name) for name in self.works.machines}
        await self._publish(at)

    async def _publish(self, at: datetime) -> None:
        for room in self.works.rooms:
            ambient = self.readings["outdoor"] if room == "cold-room-1" else {}
            self.plc.publish(room, self.readings[room] | ambient)
        for truck, logger in self.loggers.items():
            logger.publish(self.readings[truck], at)
        self.terminal.publish(*self.scale.values())
        await self.line.publish({name: self.readings[name] for name in OBJECTS}, at)
        self.labels.note(at, {wrong: self.works.severity(wrong) for wrong in self.works.faults})

    def _travel(self, at: datetime) -> None:
        """Trucks come into places without a network, and out of them."""
        for name, logger in self.loggers.items():
            driving = self.settings.radio_holes and self.works.trucks[name].place.driving
            if driving and in_radio_hole(self.settings.seed, name, at.timestamp()):
                logger.cable.cut("radio")
            else:
                logger.cable.mend("radio")

    def switch_on(self, wrong: Fault, over_s: float | None = None) -> bool:
        """Make a fault happen, with its label; False when it already does. Raises NotGradual, NoSuchCourse."""
        changed = self.works.switch_on(wrong, over_s)
        if changed:
            self.labels.begin(wrong, self.at)
            self._connect(wrong, connected=False)
            log.info("%s at %s begins", wrong.kind, wrong.target)
        return changed

    def switch_off(self, wrong: Fault) -> bool:
        """Mend it; False when there was nothing to mend."""
        severity = self.works.severity(wrong)
        changed = self.works.switch_off(wrong)
        if changed:
            self.labels.end(wrong, self.at, severity)
            self._connect(wrong, connected=True)
            log.info("%s at %s ends", wrong.kind, wrong.target)
        return changed

    def _connect(self, wrong: Fault, *, connected: bool) -> None:
        if wrong.kind != "network-lost":
            return
        if wrong.target in self.works.rooms:
            (self.plc.mend if connected else self.plc.cut)(wrong.target)
            return
        cable = self.line.cable if wrong.target == "line-1" else None
        if wrong.target in self.loggers:
            cable = self.loggers[wrong.target].cable
        if cable is not None:
            (cable.mend if connected else cable.cut)("fault")

    def answer(self, request: dict[str, Any]) -> Answer:
        """Carry out a command of the control desk. Raises PlantError."""
        match request.get("do"):
            case "fault":
                return {"changed": self.switch_on(_asked(request), _over_s(request))}
            case "clear":
                return {"cleared": [_told(wrong) for wrong in self._meant(request) if self.switch_off(wrong)]}
            case "list":
                return {"faults": _known(), "active": self._active()}
            case "put":
                return self._put(request)
            case "labels":
                return {"labels": [_shown(row, self.labels.courses) for row in self.labels.rows]}
            case "status":
                return self._status()
            case "start-scenario":
                return {"changed": self.scenario.start(datetime.now(UTC).timestamp()), "scenario": self.scenario.name}
            case other:
                raise UnknownCommand(command=other, known="fault, clear, list, labels, put, status, start-scenario")

    def _meant(self, request: dict[str, Any]) -> list[Fault]:
        if request.get("fault") is not None:
            return [_asked(request)]
        if request.get("target") not in KNOWN_TARGETS:
            raise UnknownTarget(target=request.get("target"), known=", ".join(KNOWN_TARGETS))
        return [wrong for wrong in self.works.faults if wrong.target == request["target"]]

    def _put(self, request: dict[str, Any]) -> Answer:
        """So much lies on the scale from now on. Raises UnknownTarget, LoadImpossible."""
        if request.get("target") != SCALE:
            raise UnknownTarget(target=request.get("target"), known=SCALE)
        load_g = request.get("load_g")
        if isinstance(load_g, bool) or not isinstance(load_g, int | float):
            raise LoadImpossible(load_g=load_g)
        self.scale.put(float(load_g))
        return {"load_g": self.scale.load_g}

    def _active(self) -> list[Answer]:
        return [_told(wrong) | {"severity": round(self.works.severity(wrong), 4)} for wrong in self.works.faults]

    def _status(self) -> Answer:
        values: dict[str, float | None] = {}
        for name, readings in self.readings.items():
            numbers = [None if isnan(value) else value for value in readings.values()]
            values |= dict(zip(points(name), numbers, strict=True))
        for measure, value in zip(Scale.measures, self.scale.values(), strict=True):
            values[f"{SITE}/filling/{SCALE}/{measure}"] = None if isnan(value) else value
        return {
            "at": self.at.isoformat(),
            "speed": self.settings.speed,
            "seed": self.settings.seed,
            "scenario": {"name": self.scenario.name, "started": self.scenario.started_s is not None},
            "active": self._active(),
            "waiting": {name: logger.waiting for name, logger in self.loggers.items()},
            "readings": values,
        }

    def addresses(self) -> Answer:
        """What the `ready` file says."""
        return {
            "opcua": {"url": self.line.url, "port": self.line.cable.port},
            "modbus": {"host": self.settings.host, "port": self.plc.port},
            "scale": {"host": self.settings.host, "port": self.terminal.port},
            "control": str(self.settings.control),
            "pid": os.getpid(),
            "at": self.at.isoformat(),
        }


def _asked(request: dict[str, Any]) -> Fault:
    kind, target, measure = request.get("fault"), request.get("target"), request.get("measure")
    if not isinstance(kind, str) or not isinstance(target, str) or not isinstance(measure, str | None):
        raise UnknownFault(fault=kind, target=target, measure=measure, reason="each must be a text")
    return fault(kind, target, measure)


def _over_s(request: dict[str, Any]) -> float | None:
    over_s = request.get("over_s")
    if over_s is None or (isinstance(over_s, int | float) and not isinstance(over_s, bool)):
        return over_s
    raise NoSuchCourse(over_s=over_s, reason="it must be a number of seconds")


def _shown(row: Label, courses: Courses) -> Answer:
    """A label with its course: pairs of time and severity, as far as it has come."""
    course = courses.get((row.what, row.where, row.measure, row.begin), ())
    facts = {"fault": row.what, "target": row.where, "measure": row.measure or None, "from": row.begin}
    return facts | {"to": row.end or None, "course": [[at, severity] for at, severity in course]}


def _told(wrong: Fault) -> Answer:
    return {"fault": wrong.kind, "target": wrong.target, "measure": wrong.measure}


def _known() -> list[Answer]:
    return [
        {
            "name": kind.name,
            "says": kind.says,
            "gradual": kind.gradual,
            "targets": list(kind.targets),
            "measures": {target: list(PROBES[target]) for target in kind.targets} if kind.at_probe else None,
        }
        for kind in KINDS.values()
    ]


async def run(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Run the plant until SIGTERM, SIGINT or `stop`.

    Raises OSError when a port is taken, UnknownScenario, SocketPathTooLong.
    """
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as running:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
            running.callback(loop.remove_signal_handler, number)
        settings.ready.unlink(missing_ok=True)
        running.callback(settings.ready.unlink, missing_ok=True)
        plant = LivePlant(settings, datetime.now(UTC))
        running.callback(lambda: plant.labels.close_all(datetime.now(UTC)))
        for part in plant.parts:
            running.push_async_callback(part.stop)
            await part.start()
        await plant.tick(datetime.now(UTC))
        await plant.desk.open()
        running.push_async_callback(plant.desk.close)
        if settings.autostart:
            plant.scenario.start(plant.at.timestamp())
        _write_ready(settings, plant.addresses())
        await _beat(plant, stop)


async def _beat(plant: LivePlant, stop: asyncio.Event) -> None:
    """A tick each second of the clock, on the second of this run, until told to stop."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while not stop.is_set():
        due = max(due + TICK_S, loop.time())
        try:
            await asyncio.wait_for(stop.wait(), due - loop.time())
        except TimeoutError:
            await plant.tick(datetime.now(UTC))


def _write_ready(settings: Settings, facts: Answer) -> None:
    draft = settings.ready.with_name(settings.ready.name + ".new")
    draft.write_text(json.dumps(facts, indent=2), encoding="utf-8")
    draft.replace(settings.ready)
