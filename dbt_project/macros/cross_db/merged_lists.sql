{#- Merges two sorted lists of columns by Batcher's odd-even merge. Returns the merged list's columns
    in order and adds to `stages` (lists of [name, expression]) the minima and maxima of every stage;
    `stage_of` says after which stage a column is there (inputs: 0).
    Source: K. Batcher, Sorting networks and their applications, AFIPS 1968. -#}
{% macro merged_lists(a, b, stages, stage_of) %}
    {%- if not a or not b -%}
        {{- return(a + b) -}}
    {%- elif a | length == 1 and b | length == 1 -%}
        {{- return(compared_columns(a[0], b[0], stages, stage_of)) -}}
    {%- endif -%}
    {%- set odd = merged_lists(a[::2], b[::2], stages, stage_of) -%}
    {%- set even = merged_lists(a[1::2], b[1::2], stages, stage_of) -%}
    {%- set merged = [odd[0]] -%}
    {%- for i in range([odd | length - 1, even | length] | max) -%}
        {%- if i + 1 < odd | length and i < even | length -%}
            {%- do merged.extend(compared_columns(even[i], odd[i + 1], stages, stage_of)) -%}
        {%- else -%}
            {%- do merged.extend(even[i:i + 1] + odd[i + 1:i + 2]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(merged) -}}
{% endmacro %}


{% macro compared_columns(a, b, stages, stage_of) %}
    {%- set stage = [stage_of.get(a, 0), stage_of.get(b, 0)] | max -%}
    {%- if stage == stages | length -%}{%- do stages.append([]) -%}{%- endif -%}
    {%- set names = ['sorted_' ~ stage_of | length, 'sorted_' ~ (stage_of | length + 1)] -%}
    {%- do stages[stage].extend([
        [names[0], 'least(' ~ a ~ ', ' ~ b ~ ')'],
        [names[1], 'greatest(' ~ a ~ ', ' ~ b ~ ')'],
    ]) -%}
    {%- do stage_of.update({names[0]: stage + 1, names[1]: stage + 1}) -%}
    {{- return(names) -}}
{% endmacro %}
