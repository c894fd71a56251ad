import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Says which tests failed, in a few lines each, behind the many lines of a build: what a person who has only the end of a log needs. Tests that failed and passed
 * when tried again are named too, as FLAKY.
 *
 * <p>{@code java FailedTests.java <root> <epoch second>}: reads the reports of Surefire and Failsafe below root that were written since then. Prints nothing when
 * all is well. Exits 0 whatever it finds: the build has said whether it failed.
 */
final class FailedTests {
    private static final int MOST_TESTS = 20;
    private static final int MOST_CHARACTERS = 400;

    /** One test that failed at least once. */
    private record Failed(boolean flaky, String module, String test, String words, String where) {
        private static Failed of(Path report, Element testcase, Element failure, boolean flaky) {
            String trace = trace(failure);
            return new Failed(
                    flaky,
                    report.getParent().getParent().getParent().getFileName().toString(),
                    testcase.getAttribute("classname") + "." + testcase.getAttribute("name"),
                    inOneLine(failure.hasAttribute("message") ? failure.getAttribute("message") : trace),
                    trace.lines()
                            .map(String::strip)
                            .filter(line -> line.startsWith("at io.holdfast"))
                            .findFirst()
                            .orElse(""));
        }

        private static String trace(Element failure) {
            NodeList traces = failure.getElementsByTagName("stackTrace");
            return traces.getLength() > 0 ? traces.item(0).getTextContent() : failure.getTextContent();
        }

        private static String inOneLine(String words) {
            String line = words.strip().replaceAll("\\s+", " ");
            return line.length() <= MOST_CHARACTERS ? line : line.substring(0, MOST_CHARACTERS) + "…";
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]);
        FileTime since = FileTime.from(Instant.ofEpochSecond(Long.parseLong(arguments[1])));
        List<Failed> all = new ArrayList<>();
        for (Path report : reports(root, since)) {
            all.addAll(read(report));
        }
        all.sort(Comparator.comparing(Failed::flaky).thenComparing(Failed::test));
        all.stream().limit(MOST_TESTS).forEach(failed -> System.out.printf(
                "%s %s: %s%n    %s%n    %s%n",
                failed.flaky() ? "FLAKY " : "FAILED", failed.module(), failed.test(), failed.words(), failed.where()));
        if (all.size() > MOST_TESTS) {
            System.out.printf("and %d more%n", all.size() - MOST_TESTS);
        }
    }

    private static List<Path> reports(Path root, FileTime since) throws IOException {
        try (Stream<Path> files = Files.find(
                root, 6, (file, attributes) -> attributes.isRegularFile()
                        && attributes.lastModifiedTime().compareTo(since) >= 0
                        && file.getFileName().toString().matches("TEST-.*\\.xml")
                        && file.getParent().getFileName().toString().matches("(surefire|failsafe)-reports"))) {
            return files.toList();
        }
    }

    private static List<Failed> read(Path report) throws IOException, ParserConfigurationException {
        Element suite;
        try {
            DocumentBuilder parser = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder();
            parser.setErrorHandler(null);
            suite = parser.parse(report.toFile()).getDocumentElement();
        } catch (SAXException cutOff) {
            System.out.printf("FAILED %s is not whole: its JVM ended before the report was written%n", report);
            return List.of();
        }
        List<Failed> found = new ArrayList<>();
        NodeList testcases = suite.getElementsByTagName("testcase");
        for (int i = 0; i < testcases.getLength(); i++) {
            Element testcase = (Element) testcases.item(i);
            first(testcase, "failure", "error").ifPresent(failure -> found.add(Failed.of(report, testcase, failure, false)));
            first(testcase, "flakyFailure", "flakyError").ifPresent(failure -> found.add(Failed.of(report, testcase, failure, true)));
        }
        return found;
    }

    private static Optional<Element> first(Element testcase, String... names) {
        return Stream.of(names)
                .map(testcase::getElementsByTagName)
                .filter(elements -> elements.getLength() > 0)
                .map(elements -> (Element) elements.item(0))
                .findFirst();
    }
}
