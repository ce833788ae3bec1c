extension Cell {
    static let migrate = Cell(
        name: "migrate", title: "migrate a legacy Keyv table of 650-byte memories", target: .rateAtLeast(30_000)
    ) { _ in
        Measurement(unit: "rows/s", floorName: "", notes: ["not wired yet"])
    }
}
