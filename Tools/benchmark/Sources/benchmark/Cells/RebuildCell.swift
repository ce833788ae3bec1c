import EventLog
import Foundation
import MemoryLedger
