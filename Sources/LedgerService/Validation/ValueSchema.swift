package import MemoryLedger

/// What a value has to be, as data.
///
///     let schema = ValueSchema.object([
///         .required("key", .string(minimum: 1)), .defaulting("weight", to: 0.5, .number(0...1)),
///     ])
///     let value = try schema.validated(["key": "tea"])  // {"key": "tea", "weight": 0.5}
package indirect enum ValueSchema: Sendable {
    /// - Parameters:
    ///   - minimum: 1: it may not be empty.
    ///   - trims: white space at its ends is taken away first.
    ///   - message: said of a text that is too short; nil: the usual words.
    case string(minimum: Int = 0, trims: Bool = false, message: String? = nil)
    /// - Parameter isWhole: neither a fraction nor beyond what JavaScript counts to.
    case number(ClosedRange<Double>, isWhole: Bool = false)
    /// - Parameter message: said of anything else; nil: the usual words.
    case boolean(message: String? = nil)
    case options([String])
    case list(ValueSchema)
    case object([Member], unknown: UnknownMembers = .dropped)

    package enum UnknownMembers: Sendable {
        case dropped
        case refused
    }

    /// What is made of a value before it is looked at.
    package enum Coercion: Sendable {
        /// `Number(value)` of JavaScript: an empty text is 0.
        case number
        /// A text that reads true or false in any case is that; null and an empty text count as no value.
        case flag
    }

    package struct Member: Sendable {
        package var name: String
        package var schema: ValueSchema
        package var isRequired: Bool
        /// What holds if there is no value; nil: nothing.
        package var fallback: JSONValue?
        package var coercion: Coercion?
        /// A wrong value counts as none, rather than being a fault.
        package var isLenient = false

        package static func required(_ name: String, _ schema: ValueSchema) -> Self {
            Self(name: name, schema: schema, isRequired: true)
        }

        package static func optional(_ name: String, _ schema: ValueSchema, from coercion: Coercion? = nil) -> Self {
            Self(name: name, schema: schema, isRequired: false, coercion: coercion)
        }

        package static func lenient(_ name: String, _ schema: ValueSchema) -> Self {
            Self(name: name, schema: schema, isRequired: false, isLenient: true)
        }

        package static func defaulting(
            _ name: String, to fallback: JSONValue, _ schema: ValueSchema, from coercion: Coercion? = nil
        ) -> Self {
            Self(name: name, schema: schema, isRequired: false, fallback: fallback, coercion: coercion)
        }
    }

    /// The value with its defaults and without what is not in the schema, members in the schema's order. Of a repeated
    /// member the last one counts.
    ///
    /// - Throws: `ValidationFailure`.
    package func validated(_ value: JSONValue) throws(ValidationFailure) -> JSONValue {
        var validation = Validation()
        let found = validation.check(.value(value), self)
        guard let found, validation.issues.isEmpty else { throw ValidationFailure(issues: validation.issues) }
        return found
    }
}
