// An OPC UA server of another maker: node-opcua, with nodes `N<k>` that hold the value k.
//
// Its settings come as JSON in the first argument: port, nodes, limits (OperationLimits), pki (a folder), modes and
// policies. It says `ready` when it listens. On standard input: `write <k> <value>`, `bad <k>`; each is answered `done`.
"use strict";

const readline = require("node:readline");
const {
  DataType, MessageSecurityMode, OPCUACertificateManager, OPCUAServer, SecurityPolicy, StatusCodes,
} = require("node-opcua");

const settings = { port: 0, nodes: 10, limits: {}, modes: ["None"], policies: ["None"], ...JSON.parse(process.argv[2]) };

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
