public import CVectorKernels

/// Asks the processor for the cache line at an address; a hint that does no harm when wrong.
@unsafe
@inlinable
public func prefetch(_ address: UnsafeRawPointer) {
    unsafe vk_prefetch(address)
}
