// Common French given and family names, to be combined by chance.
export const FEMALE_NAMES = [
  "Aïcha", "Alice", "Amandine", "Anaïs", "Angélique", "Annick", "Audrey", "Aurélie", "Béatrice", "Brigitte", "Camille", "Capucine",
  "Carole", "Cécile", "Chantal", "Charlotte", "Chloé", "Claire", "Clémence", "Coralie", "Corinne", "Delphine", "Élise", "Élodie",
  "Emma", "Estelle", "Fatima", "Florence", "Françoise", "Gisèle", "Hélène", "Inès", "Isabelle", "Jacqueline", "Jeanne", "Joëlle",
  "Julie", "Justine", "Karine", "Laëtitia", "Laure", "Léa", "Louise", "Lucie", "Madeleine", "Manon", "Margaux", "Marie", "Mathilde",
  "Mélanie", "Monique", "Nadia", "Nathalie", "Noémie", "Océane", "Odile", "Pauline", "Rachel", "Rose", "Sabrina", "Samira", "Sandrine",
  "Simone", "Solène", "Sophie", "Stéphanie", "Sylvie", "Valérie", "Véronique", "Yvette", "Zoé",
] as const;

export const MALE_NAMES = [
  "Adrien", "Alain", "Alexandre", "André", "Antoine", "Arnaud", "Arthur", "Aurélien", "Baptiste", "Benoît", "Bernard", "Bruno", "Cédric",
  "Christophe", "Clément", "Damien", "David", "Denis", "Didier", "Édouard", "Émile", "Éric", "Étienne", "Fabien", "Félix", "Florian",
  "François", "Gabriel", "Georges", "Gérard", "Gilles", "Grégory", "Guillaume", "Henri", "Hugo", "Ibrahim", "Jacques", "Jean", "Jérôme",
  "Joël", "Jonathan", "Jules", "Karim", "Kévin", "Laurent", "Léo", "Loïc", "Louis", "Lucas", "Marcel", "Mathieu", "Maurice", "Maxime",
  "Mehdi", "Michel", "Nicolas", "Noël", "Olivier", "Pascal", "Patrick", "Paul", "Philippe", "Pierre", "Quentin", "Raphaël", "Rémi", "René",
  "Romain", "Samuel", "Sébastien", "Serge", "Simon", "Théo", "Thierry", "Thomas", "Tristan", "Vincent", "Yann", "Yves",
] as const;

export const FAMILY_NAMES = [
  "Adélaïde", "Alexis", "Amar", "André", "Arnaud", "Aubert", "Bailly", "Barbier", "Baudry", "Belkacem", "Benoît", "Bernard", "Bertin",
  "Besnard", "Blanchard", "Bocquet", "Boucher", "Bourdon", "Bourgeois", "Brunet", "Caron", "Chevalier", "Cléry", "Colas", "Collet",
  "Cordier", "Coulon", "Dacourt", "Delacroix", "Delaunay", "Denis", "Desmarets", "Diallo", "Dubois", "Duchêne", "Dufour", "Dumont",
  "Dupré", "Durand", "Étienne", "Évrard", "Fabre", "Ferrand", "Fleury", "Fontaine", "Fournier", "Gaillard", "Garnier", "Gautier", "Gervais",
  "Giraud", "Gosselin", "Granger", "Guérin", "Guichard", "Hamel", "Hébert", "Hernandez", "Huet", "Humbert", "Jacquet", "Joly", "Jourdain",
  "Lacroix", "Lambert", "Langlois", "Laporte", "Lecomte", "Lefèvre", "Legrand", "Lemaire", "Lemoine", "Lenoir", "Leroux", "Lesage", "Maillard",
  "Marchand", "Marie", "Martel", "Masson", "Mercier", "Meunier", "Michaux", "Moreau", "Morin", "Nicolas", "Noël", "Olivier", "Pasquier", "Pélissier",
  "Perrin", "Petitjean", "Picard", "Poirier", "Prévost", "Quesnel", "Renard", "Renaud", "Ribeiro", "Rivière", "Robin", "Rousseau", "Roy",
  "Salomon", "Sauvage", "Schmitt", "Simonet", "Tanguy", "Tessier", "Thibault", "Toussaint", "Traoré", "Vallet", "Vasseur", "Vidal", "Villeneuve", "Voisin",
] as const;
