/// When a projector takes events.
package enum ProjectionDelivery: Sendable {
    /// In the transaction that appends them.
    case inline
    /// Later, when asked to catch up.
    case catchingUp
}
