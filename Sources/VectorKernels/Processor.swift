import CVectorKernels

/// The number of the processor that this runs on, from 0: a hint, since a thread may be moved at any time.
public var currentProcessor: Int { Int(max(0, vk_processor())) }
