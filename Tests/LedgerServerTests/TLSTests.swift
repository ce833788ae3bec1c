import FaultLaboratory
import Foundation
import Testing

/// Goal: with a certificate, requests and answers are encrypted, and a client that trusts the certificate verifies it.
/// Method: the real program, and Python's TLS.
@Suite struct TLSTests {
    private static func fixture(_ name: String) throws -> String {
        try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "pem")).path
    }

    @Test func aClientThatTrustsTheCertificateIsAnswered() async throws {
        let (certificate, key) = (try Self.fixture("test-cert"), try Self.fixture("test-key"))
        let server = try await RunningServer("--tls-certificate", certificate, "--tls-key", key)
        let script = """
            import http.client, json, ssl, sys
            context = ssl.create_default_context(cafile=sys.argv[1])
            client = http.client.HTTPSConnection("localhost", int(sys.argv[2]), context=context)
            client.request("POST", "/login", json.dumps({"namespace": "mem"}))
            print(client.getresponse().status)
            """
        let child = try TestChild("/usr/bin/env", ["python3", "-c", script, certificate, "\(server.apiPort)"])
        let end = try await child.wait()
        #expect(end.output == "200\n", "\(end)")
        // Without TLS there is no answer.
        let plain = try? await server.request("GET", "/healthz")
        #expect(plain == nil)
        try await server.stop()
    }

    @Test func aCertificateThatIsNoneIsSaid() async throws {
        let folder = try ScratchFolder()
        try folder.write("no.pem", "no certificate")
        let child = try TestChild(
            BuiltExecutable.path("memledger"),
            [
                "serve", "--port", "0", "--mcp-port", "0", "--ledger", folder.path("a.sqlite"), "--tls-certificate",
                folder.path("no.pem"), "--tls-key", folder.path("no.pem"),
            ])
        let end = try await child.wait()
        #expect(end.status == 1 && end.error.contains("no.pem") && end.error.contains("PEM"), "\(end)")
    }
}
