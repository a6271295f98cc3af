import ArgumentParser
import Foundation
import SearchService

/// Where the program starts: it parses, runs, and turns what went wrong into a sentence and an
/// exit status.
@main
enum Main {
    static func main() {
        Interruption.prepare()
        Engine.endProcessOnFaults(status: ServiceError.Code.inputOutput.exitStatus)
        AddressSpace.require()
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            var command = try Likeness.parseAsRoot(KindFlags.rewritten(arguments))
            try command.run()
        } catch {
            exit(status(reporting: error))
        }
    }

    /// Says what went wrong and returns the exit status that belongs to it.
    private static func status(reporting error: any Error) -> Int32 {
        if let error = error as? ServiceError {
            Console.fail(error.message)
            return error.code.exitStatus
        }
        let code = Likeness.exitCode(for: error)
        if code == .validationFailure {
            Console.fail(Likeness.message(for: error))
            // The parser ends its own text with a pointer to the help of the right subcommand.
            let hint = Likeness.fullMessage(for: error).split(separator: "\n").last ?? ""
            if hint.contains("--help") {
                Console.note(hint.trimmingCharacters(in: .whitespaces))
            }
            return code.rawValue
        }
        // Help, version, completion scripts, and statuses of commands that have said all.
        Likeness.exit(withError: error)
    }
}
