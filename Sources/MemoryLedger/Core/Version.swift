package let memoryLedgerVersion = "0.1.0"
