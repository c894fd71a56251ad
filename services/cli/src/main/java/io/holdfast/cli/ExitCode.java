package io.holdfast.cli;

/** What the exit code of the command says, for scripts. Stable. */
public enum ExitCode {
    DONE(0, "done"),
    FAILED(1, "what was asked for was tried and failed, or a check found something wrong"),
    USAGE(2, "wrong usage"),
    REFUSED(3, "the site refused; the message has its code"),
    NOT_FOUND(4, "there is no such thing"),
    NOT_ALLOWED(5, "the token is missing, not valid, or without the role"),
    UNREACHABLE(6, "the site does not answer or is in trouble; trying again may help"),
    NOT_IN_TIME(7, "not finished within --wait-limit; it goes on at the site"),
    DEFECT(10, "a defect of this command");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    public int number() {
        return number;
    }

    public String meaning() {
        return meaning;
    }
}
