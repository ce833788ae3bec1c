import HTTPTypes

/// What a proxy adds to a request. Nothing that it says is believed: neither who calls nor by which name depends on it.
/// That it is there at all shows that the request may come from elsewhere.
enum ForwardingHeaders {
    private static let names = [
        "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
    ].compactMap { HTTPField.Name($0) }

    static func areIn(_ fields: HTTPFields) -> Bool { names.contains { fields.contains($0) } }
}
