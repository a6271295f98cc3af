/// Some points of a collection: those that are named, or all but those.
public enum PointSelection: Hashable, Sendable {
    /// These points.
    case only(PointSet)
    /// All points but these.
    case allBut(PointSet)

    /// All points.
    static let all = PointSelection.allBut(PointSet())
    /// No point.
    static let none = PointSelection.only(PointSet())

    /// Whether a point is among them.
    public func contains(_ number: PointNumber) -> Bool {
        switch self {
        case .only(let set): set.contains(number)
        case .allBut(let set): !set.contains(number)
        }
    }

    /// The points that are not among them.
    var inverted: PointSelection {
        switch self {
        case .only(let set): .allBut(set)
        case .allBut(let set): .only(set)
        }
    }

    /// The points that are in both.
    func intersection(_ other: PointSelection) -> PointSelection {
        switch (self, other) {
        case (.only(let a), .only(let b)): .only(a.intersection(b))
        case (.only(let a), .allBut(let b)): .only(a.subtracting(b))
        case (.allBut(let a), .only(let b)): .only(b.subtracting(a))
        case (.allBut(let a), .allBut(let b)): .allBut(a.union(b))
        }
    }

    /// The points that are in one of them.
    func union(_ other: PointSelection) -> PointSelection {
        inverted.intersection(other.inverted).inverted
    }
}

/// What indexes say of a condition: points that surely fulfil it, and points that possibly do.
struct SelectionBounds {
    var certain: PointSelection
    var possible: PointSelection

    /// Nothing is known.
    static let unknown = SelectionBounds(certain: .none, possible: .all)
    /// Every point fulfils it.
    static let all = SelectionBounds(certain: .all, possible: .all)
    /// No point fulfils it.
    static let none = SelectionBounds(certain: .none, possible: .none)

    /// Exactly these points fulfil it.
    static func exactly(_ set: PointSet) -> SelectionBounds {
        SelectionBounds(certain: .only(set), possible: .only(set))
    }

    var inverted: SelectionBounds {
        SelectionBounds(certain: possible.inverted, possible: certain.inverted)
    }

    func and(_ other: SelectionBounds) -> SelectionBounds {
        SelectionBounds(
            certain: certain.intersection(other.certain),
            possible: possible.intersection(other.possible))
    }

    func or(_ other: SelectionBounds) -> SelectionBounds {
        SelectionBounds(
            certain: certain.union(other.certain), possible: possible.union(other.possible))
    }
}
