"""The sending of messages: decides what is due, hands it to mail servers, SMS gateways and robots, keeps receipts."""
