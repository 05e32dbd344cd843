namespace Gristmill;

/// <summary>
/// The process must not start as it is configured, or on what it found. The message is one line for the person who starts it and
/// names the file, folder or setting; nothing has been changed. A host prints it and exits with a code other than 0.
/// </summary>
public class StartupException(string message, Exception? innerException = null)
    : GristmillException(ErrorCodes.Unavailable, message, isTransient: false, innerException);
