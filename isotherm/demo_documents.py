"""What the demo plant works by and buys from: its procedures, who must know them, and who delivers what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure, its text in both languages, and the roles that must know it."""

    code: str
    title_en: str
    title_zh: str
    text: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deliverer:
    """A supplier and the items that it is approved for."""

    code: str
    name: str
    country: str
    basis: str
    items: tuple[str, ...]


SOP_101 = """1. 确认称量区无其他物料，清洁状态标识有效。
2. 扫描物料标签；系统拒绝的物料不得使用，放回原处。
3. 天平读数稳定后记录；手工输入须说明原因。
4. 另一人复核并签名。

1. See that the weighing area holds no other material and that its cleaning label is valid.
2. Scan the label of the material. What the system refuses is not used and goes back to its place.
3. Take the weight when the scale is stable. A typed weight needs a reason.
4. A second person checks and signs.
"""
SOP_102 = """1. 注射用水低于 25 °C 时加入胰岛素，搅拌至澄清。
2. 用两点校准过的 pH 计测定；超出限度立即停止并报告班组长。
3. 配液完成后四小时内开始灌装。

1. Add the insulin to water for injection below 25 °C and stir until clear.
2. Measure with a pH meter calibrated at two points. Outside its limits: stop and tell the line lead.
3. Filling begins within four hours after compounding.
"""
SOP_201 = """1. 清场由一人完成、另一人确认后，方可领用卡式瓶。
2. 每三十分钟抽五支称重；任一支超限，停机并隔离上次合格检查之后的产品。
3. 灌装间温度或湿度中断记录时，在批记录中注明。

1. Cartridges are issued after one person cleared the line and another confirmed it.
2. Weigh five cartridges every thirty minutes. One outside the limits: stop, set aside all since the last good check.
3. Note in the batch record when temperature or humidity of the room was not recorded.
"""
SOP_202 = """1. 核对笔身批号与工单。
2. 扭矩由旋盖机自动采集；缺数时用校准过的扭矩仪抽测十支。
3. 每小时抽三支测定 10 单位剂量。

1. Compare the lot of the pen bodies with the order.
2. The machine captures the torque. Where values are missing, measure ten pens with a calibrated meter.
3. Measure the dose of three pens at 10 units every hour.
"""
SOP_203 = """1. 首张标签的批号、有效期由两人核对并贴入批记录。
2. 清点包装、剔除和留样支数；物料平衡超出 99 %–100 % 时报告质量部。

1. Two people read lot and expiry on the first label; it goes into the batch record.
2. Count packed, rejected and sampled pens. Outside 99 % to 100 % tell QA.
"""
SOP_201_NEXT = SOP_201.replace("抽五支称重", "抽十支称重").replace("Weigh five", "Weigh ten")

PROCEDURES = (
    Procedure(
        "SOP-101", "Weighing and dispensing", "称量配料操作规程", SOP_101, ("operator", "lead", "qc", "warehouse")
    ),
    Procedure("SOP-102", "Compounding", "配液操作规程", SOP_102, ("operator", "lead", "qc")),
    Procedure("SOP-201", "Filling of cartridges", "卡式瓶灌装操作规程", SOP_201, ("operator", "lead", "qc")),
    Procedure("SOP-202", "Assembly of pens", "注射笔组装操作规程", SOP_202, ("operator", "lead")),
    Procedure("SOP-203", "Labelling and packing", "贴标与包装操作规程", SOP_203, ("operator", "lead", "warehouse")),
)
DELIVERERS = (
    Deliverer(
        "SUP-BIO",
        "示范原料药供应商 Demo supplier of substances",
        "CN",
        "现场审计 2026-03 on-site audit",
        ("RM-INSULIN", "RM-PROTAMINE", "RM-CRESOL"),
    ),
    Deliverer(
        "SUP-GLASS",
        "示范玻璃供应商 Demo supplier of glass",
        "DE",
        "质量协议 quality agreement QA-2025-14",
        ("RM-CARTRIDGE",),
    ),
    Deliverer(
        "SUP-PLAST",
        "示范塑料件供应商 Demo supplier of plastics",
        "CN",
        "现场审计 2026-05 on-site audit",
        ("RM-PEN-BODY",),
    ),
    Deliverer(
        "SUP-REAG",
        "示范试剂供应商 Demo supplier of reagents",
        "CN",
        "ISO 13485, 三批试用 three trial lots",
        ("RM-ANTIBODY", "RM-CONJUGATE", "RM-ENZYME", "RM-CALIBRATOR"),
    ),
)

GOODS = (
    # order, line, item, supplier, quantity, unit, due so many days after the start
    ("PO-2611-07", "10", "RM-INSULIN", "SUP-BIO", "4200", "g", 2),
    ("PO-2611-07", "20", "RM-CRESOL", "SUP-BIO", "9000", "ml", 2),
    ("PO-2611-08", "10", "RM-CARTRIDGE", "SUP-GLASS", "48000", "pcs", -1),  # should have been here
    ("PO-2611-09", "10", "RM-ENZYME", "SUP-REAG", "420", "vial", 0),
    ("PO-2611-09", "20", "RM-CALIBRATOR", "SUP-REAG", "280", "vial", 9),
)
"""Lines of purchase orders that goods are expected of."""
