/// What a rebuild does where the serving tables do not hold what the log says.
public enum DifferencePolicy: Sendable {
    /// It throws `digestMismatch`; the serving generation stays, and the rebuilt one is kept in a file beside it.
    case refuse
    /// The rebuilt generation serves: the log is the truth.
    case replace
    /// The two are not compared at all.
    case ignore
}
