import LedgerService

/// The row of the second version's tool that reads many memories.
enum MCPBulkContract {
    typealias Step = MCPContractStep

    static let all: [MCPContractCase] = [reads, wrong, unknown]

    private static let done = "success: true"
    private static let json = """
        {
          "success": true,
          "data": {
            "targetMemory": {
              "key": "tea",
              "summary": "Tea",
              "text": "",
              "links": [
                {
                  "type": "bug",
                  "key": "pot",
                  "term": "t",
                  "weight": 0.5,
                  "summary": "Pot"
                }
              ]
            },
            "associatedMemories": [
              {
                "key": "pot",
                "summary": "Pot",
                "text": "hot",
                "links": [],
                "depth": 1,
                "combinedScore": 28.5
              }
            ],
            "metadata": {
              "depthReached": 1,
              "totalRetrieved": 2,
              "duplicatesSkipped": 0
            }
          }
        }
        """
    private static let toon = """
        success: true
        data:
          targetMemory:
            key: "bulk:tea"
            summary: Tea
            text: ""
            links[1]{type,key,term,weight,summary}:
              bug,pot,t,0.5,Pot
          associatedMemories[0]:
          metadata:
            depthReached: 0
            totalRetrieved: 1
            duplicatesSkipped: 0
        """

    private static let reads = MCPContractCase(
        name: "bulk", versions: [nil, .two],
        steps: [
            .tool("memory_add", #"{"key":"pot","value":{"summary":"Pot","text":"hot"},"session":"$S"}"#, done),
            .tool(
                "memory_add",
                #"{"key":"tea","value":{"summary":"Tea","text":""},"session":"$S","#
                    + #""links":[{"type":"bug","key":"pot","term":"t"}]}"#, done),
            .tool("bulk_read_memory", #"{"key":"tea","session":"$S","output_format":"json"}"#, json),
            // Numbers or their text; how links are sorted makes no difference.
            .tool(
                "bulk_read_memory",
                #"{"key":"tea","session":"$S","output_format":"json","depth":"2","breadth":20,"sortLinks":"False"}"#,
                json),
            .tool("bulk_read_memory", #"{"key":"bulk:tea","session":"$S","total":"1"}"#, toon),
            .refused("bulk_read_memory", #"{"key":"none","session":"$S"}"#, "memory not found"),
            // Without a session it is the namespace `mem`.
            .refused("bulk_read_memory", #"{"key":"tea"}"#, "memory not found"),
            .refused("bulk_read_memory", #"{"key":"tea","session":"none"}"#, "invalid session"),
        ])

    private static let wrong = MCPContractCase(
        name: "wrong bulk", versions: [nil, .two],
        steps: [
            .wrong("bulk_read_memory", "{}", "key: Invalid input: expected string, received undefined"),
            .wrong("bulk_read_memory", #"{"key":""}"#, "key: key is required"),
            .wrong(
                "bulk_read_memory", #"{"key":"a","depth":0,"breadth":"x","total":51,"sortLinks":1}"#,
                "depth: Too small: expected number to be >=1, breadth: Invalid input: expected number, received NaN, "
                    + "total: Too big: expected number to be <=50, sortLinks: sortLinks must be true or false"),
        ])

    private static let unknown = MCPContractCase(
        name: "no bulk", versions: [.one],
        steps: [
            Step(
                method: "tools/call", params: #"{"name":"bulk_read_memory","arguments":{"key":"a"}}"#,
                answer: .error(-32601, "MCP error -32601: Unknown tool: bulk_read_memory"))
        ])
}
