// A Modbus device made with modbus-serial: TCP, and RTU frames over TCP as a converter before a serial line has them.
// Says {"tcp": PORT, "rtu": PORT} when it answers. Register k of unit u holds (1000 u + k) mod 65536, bit k whether k is
// a multiple of 3; register 500 and all from 2000 on are refused (2), unit 8 has failed (4), unit 9 says nothing.
const net = require("net");
const { ServerTCP } = require("modbus-serial");
const crc16 = require("modbus-serial/utils/crc16");

const HOST = "127.0.0.1";
const SILENT = 9, FAILED = 8, LAST = 2000, HOLE = 500;

function told(value) {
  return (address, unit, answer) => {
    if (unit === SILENT) return;
    if (unit === FAILED) answer({ modbusErrorCode: 4 });
    else if (address >= LAST || address === HOLE) answer({ modbusErrorCode: 2 });
    else answer(null, value(address, unit));
  };
}

const register = told((address, unit) => (1000 * unit + address) % 65536);
const bit = told((address) => address % 3 === 0);
const device = { getInputRegister: register, getHoldingRegister: register, getCoil: bit, getDiscreteInput: bit };

// An RTU frame is unit, function, data and a CRC; the same over TCP has a header in place of the CRC.
function converter(port) {
  return net.createServer((near) => {
    const far = net.connect(port, HOST);
    near.on("data", (frame) => {
      if (crc16(frame.subarray(0, -2)) !== frame.readUInt16LE(frame.length - 2)) return;
      const header = Buffer.from([0, 1, 0, 0, 0, frame.length - 2]);
      far.write(Buffer.concat([header, frame.subarray(0, -2)]));
    });
    far.on("data", (frame) => {
      const crc = Buffer.alloc(2);
      crc.writeUInt16LE(crc16(frame.subarray(6)));
      near.write(Buffer.concat([frame.subarray(6), crc]));
    });
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
  });
}

const probe = net.createServer().listen(0, HOST, () => {
  const port = probe.address().port; // ServerTCP takes no port 0
  probe.close(() => {
    const server = new ServerTCP(device, { host: HOST, port, unitID: 255 });
    server.on("socketError", () => {}); // a client that goes away is no fault of ours
    server.on("initialized", () => {
      const rtu = converter(port).listen(0, HOST, () => {
        console.log(JSON.stringify({ tcp: port, rtu: rtu.address().port }));
      });
    });
  });
});
