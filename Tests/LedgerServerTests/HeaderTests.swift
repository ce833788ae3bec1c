import LedgerService
import Testing

@testable import LedgerServer

/// Goal: headers are read as their specifications have them. Method: tables.
@Suite struct HeaderTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    @Test(arguments: [
        ("00-\(trace)-b7ad6b7169203331-01", true), ("cc-\(trace)-b7ad6b7169203331-01-more", true),
        ("00-\(trace)-b7ad6b7169203331-01-more", false), ("ff-\(trace)-b7ad6b7169203331-01", false),
        ("00-\(trace.uppercased())-b7ad6b7169203331-01", false), ("00-\(trace)-0000000000000000-01", false),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false), ("00-\(trace)-b7ad6b716920333-01", false),
        ("00-\(trace)-b7ad6b7169203331", false), ("", false), ("----", false), ("00-\(trace)", false),
    ])
    func aTraceIsRead(header: String, isTrace: Bool) {
        #expect(TraceParent.trace(of: header) == (isTrace ? Self.trace : nil))
    }

    @Test(arguments: [
        ("localhost", "localhost"), ("LOCALHOST:80", "localhost"), ("[::1]:3000", "[::1]"), ("[::1]", "[::1]"),
        ("a.example:65535", "a.example"), ("a.example:65536", nil), ("a:b", nil), ("a:", nil), (":80", nil), ("", nil),
        ("[::1", nil), ("[::1]x", nil), ("a:80:80", nil), ("a.example.", "a.example"), ("a..example", nil),
        (".", nil), ("a b", nil), ("a,b", nil), ("user@a", nil), ("a/b", nil), ("::1", nil), ("[0:0::1]", "[::1]"),
        ("[::1%lo]", nil), ("[localhost]", nil), ("a:+80", nil), ("ä.example", nil),
    ])
    func aHostIsReadWithoutItsPort(header: String, host: String?) {
        #expect(HostName.ofHeader(header) == host)
    }

    @Test(arguments: [
        ("https://A.Example", "https://a.example"), ("https://a.example:443", "https://a.example"),
        ("http://a.example:443", "http://a.example:443"), ("http://[::1]:80/", "http://[::1]"),
        ("http://[0::1]:8080", "http://[::1]:8080"), ("vscode-webview://ab12", "vscode-webview://ab12"),
        ("null", nil), ("*", nil), ("https://*", nil), ("https://a/b", nil), ("a.example", nil), ("://a", nil),
        ("1a://b", nil), ("https://", nil), ("", nil),
    ])
    func anOriginIsReadAsBrowsersSendIt(text: String, origin: String?) {
        #expect(OriginName.normalized(text) == origin)
    }

    @Test(arguments: [
        ("localhost", true), ("127.0.0.1", true), ("127.8.9.10", true), ("::1", true), ("Localhost", true),
        ("localhost.", true), ("[::1]", true), ("0::1", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", false),
        ("127.0.0.1.example", false), ("127.0.0", false), ("::", false), ("192.168.0.1", false),
        ("localhost.example", false), ("127.0.0.256", false),
    ])
    func loopbackAddressesAreKnown(host: String, isLoopback: Bool) {
        #expect(HostName.isLoopback(host) == isLoopback)
    }
}
