import CLikeness
import FeatureStorage
import Foundation

extension PointID {
    /// The id that C handed in.
    init(_ id: likeness_point_id) {
        guard id.is_uuid else {
            self = .number(id.number)
            return
        }
        self = .uuid(UUID(uuid: id.uuid))
    }

    /// The id as C takes it.
    var given: likeness_point_id {
        var id = likeness_point_id()
        switch self {
        case .number(let number): id.number = number
        case .uuid(let uuid):
            id.uuid = uuid.uuid
            id.is_uuid = true
        }
        return id
    }
}

/// The ids that C handed in.
///
/// - Throws: ``Failure`` where they are NULL and there are some.
@unsafe
func pointIDs(
    _ pointer: UnsafePointer<likeness_point_id>?, count: Int
) throws(Failure) -> [PointID] {
    guard count > 0 else { return [] }
    let ids = unsafe try required(pointer, "ids")
    return (0..<count).map { unsafe PointID(ids[$0]) }
}
