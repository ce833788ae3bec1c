extension String {
    /// As a name in SQL, whatever it is made of.
    package var sqlIdentifier: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}
