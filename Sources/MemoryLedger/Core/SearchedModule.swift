/// A module whose texts are searched by `MemoryReading.searchTexts`.
package protocol SearchedModule: LedgerModule {
    var texts: any TextSource { get }
}
