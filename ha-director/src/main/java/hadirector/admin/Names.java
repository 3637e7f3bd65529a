package hadirector.admin;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// What to tell an operator who named something that is not there.
final class Names {
    private static final int LISTED_MAX = 8;

    private Names() {}

    /// `unknown service 'shp'; did you mean 'shop'?`, or the names that there are.
    static String unknown(String kind, String name, Collection<String> there) {
        String text = "unknown " + kind + " '" + name + "'";
        var nearest = there.stream().min(Comparator.comparingInt(other -> distance(name, other)));
        if (nearest.isPresent() && distance(name, nearest.get()) <= 1 + name.length() / 4) {
            return text + "; did you mean '" + nearest.get() + "'?";
        }
        return text + "; there " + list(there);
    }

    private static String list(Collection<String> there) {
        List<String> sorted = there.stream().sorted().toList();
        if (sorted.isEmpty()) {
            return "are none";
        }
        String more = sorted.size() > LISTED_MAX ? ", ... (" + sorted.size() + ")" : "";
        return (sorted.size() == 1 ? "is only " : "are ")
                + String.join(", ", sorted.subList(0, Math.min(LISTED_MAX, sorted.size())))
                + more;
    }

    /// Levenshtein's.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int swapped = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(swapped, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
