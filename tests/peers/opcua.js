// An OPC UA server of another maker: node-opcua, with nodes `N<k>` that hold the value k.
//
// Its settings come as JSON in the first argument: port, nodes, limits (OperationLimits), pki (a folder), modes and
// policies. It says `ready` when it listens. On standard input: `write <k> <value>`, `bad <k>`; each is answered `done`.
"use strict";

const readline = require("node:readline");
const {
  DataType, MessageSecurityMode, OPCUACertificateManager, OPCUAServer, SecurityPolicy, StatusCodes, VariantArrayType,
  standardUnits,
} = require("node-opcua");

const settings = { port: 0, nodes: 10, limits: {}, modes: ["None"], policies: ["None"], ...JSON.parse(process.argv[2]) };

// What a browsing client meets in the field: units, words, arrays, what it may not read, and a loop of references.
function addOddThings(namespace, folder) {
  const tank = namespace.addObject({ browseName: "Tank2", componentOf: folder });
  const unit = standardUnits.degree_celsius;
  namespace.addAnalogDataItem({
    browseName: "JacketTemperature", nodeId: "s=Tank2.Jacket", componentOf: tank, dataType: "Float",
    engineeringUnitsRange: { low: -20, high: 150 }, engineeringUnits: unit, value: { dataType: DataType.Float, value: 4.5 },
  });
  const add = (browseName, dataType, value, more = {}) => namespace.addVariable({
    browseName, nodeId: `s=Tank2.${browseName}`, componentOf: tank, dataType,
    value: { dataType: DataType[dataType], value, ...more.variant }, ...more.options,
  });
  add("Recipe", "String", "cold\nrinse");
  add("Curve", "Double", new Float64Array([1, 2]), {
    variant: { arrayType: VariantArrayType.Array }, options: { valueRank: 1, arrayDimensions: [2] },
  });
  add("Secret", "Double", 1, { options: { accessLevel: 0, userAccessLevel: 0 } });
  add("液位", "Int16", 70);
  tank.addReference({ referenceType: "Organizes", nodeId: folder.nodeId });
}

async function main() {
  const certificates = new OPCUACertificateManager({
    automaticallyAcceptUnknownCertificate: true,
    rootFolder: settings.pki,
  });
  await certificates.initialize();
  const server = new OPCUAServer({
    port: settings.port,
    hostname: "127.0.0.1",
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    securityModes: settings.modes.map((name) => MessageSecurityMode[name]),
    securityPolicies: settings.policies.map((name) => SecurityPolicy[name]),
    serverCapabilities: { operationLimits: settings.limits },
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  const namespace = space.registerNamespace("urn:story:line");
  const folder = namespace.addObject({ browseName: "Line", organizedBy: space.rootFolder.objects });
  const nodes = Array.from({ length: settings.nodes }, (_, k) => namespace.addVariable({
    browseName: `N${k}`, nodeId: `s=N${k}`, componentOf: folder, dataType: "Double", minimumSamplingInterval: 0,
  }));
  nodes.forEach((node, k) => node.setValueFromSource({ dataType: DataType.Double, value: k }));
  if (settings.odd) {
    addOddThings(namespace, folder);
  }
  await server.start();
  const commands = {
    write: (k, value) => nodes[k].setValueFromSource({ dataType: DataType.Double, value: Number(value) }),
    bad: (k) => nodes[k].setValueFromSource({ dataType: DataType.Double, value: 0 }, StatusCodes.BadSensorFailure),
  };
  readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const [name, ...words] = line.split(" ");
    commands[name](...words);
    console.log("done");
  }).on("close", () => process.exit(0));
  console.log(`ready ${server.endpoints[0].port}`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
