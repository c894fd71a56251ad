package io.holdfast.replicationagent.adapter.libvirt;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Elements and their text, through the JDK's writer: whatever a value holds stays a value. Stateless. */
final class Xml {
    private Xml() {}

    static Element root(String name) {
        try {
            Document document =
                    DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument();
            Element root = document.createElement(name);
            document.appendChild(root);
            return root;
        } catch (ParserConfigurationException defect) {
            throw new AssertionError("the JDK has a builder", defect);
        }
    }

    /** @param attributes names and values in turn */
    static Element add(Element parent, String name, String... attributes) {
        Element child = parent.getOwnerDocument().createElement(name);
        for (int i = 0; i < attributes.length; i += 2) {
            child.setAttribute(attributes[i], attributes[i + 1]);
        }
        parent.appendChild(child);
        return child;
    }

    static String text(Element root) {
        try {
            TransformerFactory factory = TransformerFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            var writer = factory.newTransformer();
            writer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            StringWriter text = new StringWriter();
            writer.transform(new DOMSource(root), new StreamResult(text));
            return text.toString();
        } catch (TransformerException defect) {
            throw new IllegalStateException("a document of our own cannot be written", defect);
        }
    }

    /**
     * Parses XML that somebody else has written; entities and external parts are refused.
     *
     * @throws IllegalArgumentException it is none
     */
    static Element parse(String text) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            var parser = factory.newDocumentBuilder();
            // Without it the JDK prints on standard error.
            parser.setErrorHandler(null);
            return parser.parse(new InputSource(new StringReader(text))).getDocumentElement();
        } catch (SAXException | IOException malformed) {
            throw new IllegalArgumentException("not XML: " + malformed.getMessage(), malformed);
        } catch (ParserConfigurationException defect) {
            throw new AssertionError("the JDK's parser has these features", defect);
        }
    }

    /** Whether XML 1.0 has every character of it (section 2.2); the rest cannot be written, not even escaped. */
    static boolean isText(String value) {
        return value.codePoints()
                .allMatch(c -> c == '\t'
                        || c == '\n'
                        || c == '\r'
                        || c >= 0x20 && c <= 0xd7ff
                        || c >= 0xe000 && c <= 0xfffd
                        || c >= 0x10000);
    }
}
