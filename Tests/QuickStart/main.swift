import EventLog
import MemoryLedger

let ledger = try await MemoryLedger.open(at: "agent.sqlite")
let agent = Attribution(actor: "agent")
let tea = MemoryKey(key: "tea")
if let known = try await ledger.get(tea) {
    print("Known:", known.content.summary)
    try await ledger.update(tea, MemoryChange(summary: "Likes green tea, no sugar"), by: agent)
} else {
    try await ledger.add(tea, MemoryContent(summary: "Likes green tea", text: "Said so on Monday."), by: agent)
}
for try await event in ledger.log.events() {
    print(event.position, event.type, event.stream, event.attribution.actor ?? "")
}
await ledger.close()
