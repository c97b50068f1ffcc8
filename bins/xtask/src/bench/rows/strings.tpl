{{- $text := .text -}}
replace: {{ $text | replace "lorem" "LOREM" | replace " " "_" }}
upper: {{ upper $text }}
lower: {{ lower $text }}
words: {{ splitList " " $text | join "," }}
trunc: {{ trunc 600 $text }}
indent: {{ indent 8 .lines }}
nindent: {{ nindent 4 .lines }}
digest: {{ sha256sum $text }}
base64: {{ b64enc $text }}
contains: {{ contains "voluptate velit" $text }}
trim: {{ .padded | trim }} {{ trimSuffix "velit" $text | len }} {{ trimAll "L. " $text | len }}
title: {{ title $text }}
snakecase: {{ snakecase .names }} {{ camelcase .names }} {{ kebabcase .names }}
substr: {{ substr 100 700 $text | nospace }}
wrap: {{ wrap 60 $text }}
repeat: {{ repeat 100 .word | abbrev 900 }}
cat: {{ cat .word 1 true .names | swapcase }}
sorted: {{ splitList " " $text | sortAlpha | join " " }}
regex: {{ regexReplaceAll "(qu|d)([a-z]+)" $text "<$2>" }} {{ regexMatch "^Lorem.*aliqua" $text }}
found: {{ regexFindAll "[aeiou]l[a-z]+" $text 50 | join " " }} {{ regexSplit "[,.] " $text -1 | len }}
quote: {{ quote .lines }}
squote: {{ squote .lines }}
printf: {{ printf "%s|%q|%-40s|%08d" .word .lines .word 42 }}
