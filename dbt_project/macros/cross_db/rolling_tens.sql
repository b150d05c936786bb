{#- Windows of ten days from the two windows of five in them. -#}
{% macro rolling_tens() %}
    {%- set joined, sorted, moved, newer, older = [['day', 'day']], [], [], [], [] -%}
    {%- for name, expression in rolling_sums() -%}
        {%- do joined.append([
            name ~ '_10', array_element(name ~ '_5') ~ ' + ' ~ array_element(name ~ '_5', 5, '0'),
        ]) -%}
    {%- endfor -%}
    {%- for name in rolling_closes() + ['counts', 'places', 'l', 'ref'] -%}
        {%- do joined.extend([
            [name ~ '_five_0', array_element(name ~ '_5')],
            [name ~ '_five_5', array_element(name ~ '_5', 5, '0')],
        ]) -%}
    {%- endfor -%}
    {%- do sorted.extend([
        ['ref_10', rolling_reference([0, 5], '_five_')],
        ['shift_10', 'ref_five_5 - ' ~ rolling_reference([0, 5], '_five_')],
    ]) -%}
    {%- for name in rolling_closes() -%}
        {%- do moved.append([
            name ~ '_10', name ~ '_five_0 + (' ~ rolling_closes_moved(name, '_five_5', 'shift_10', 5) ~ ')',
        ]) -%}
    {%- endfor -%}
    {%- for name in ['high', 'low', 'high_age', 'low_age', 'gap_age'] -%}
        {%- do joined.extend([
            [name ~ '_newer', array_element(name ~ '_5')],
            [name ~ '_older', array_element(name ~ '_5', 5)],
        ]) -%}
    {%- endfor -%}
    {%- for k in range(1, 6) -%}
        {%- do joined.extend([
            ['newer_' ~ k, array_element('close_5_' ~ k)],
            ['older_' ~ k, array_element('close_5_' ~ k, 5)],
        ]) -%}
        {%- do newer.append('newer_' ~ k) -%}
        {%- do older.append('older_' ~ k) -%}
    {%- endfor -%}
    {%- do sorted.extend([
        ['high_10', 'greatest(high_newer, high_older)'],
        ['low_10', 'least(low_newer, low_older)'],
        ['high_age_10', 'case when high_older >= high_newer then high_age_older + 5 else high_age_newer end'],
        ['low_age_10', 'case when low_older <= low_newer then low_age_older + 5 else low_age_newer end'],
        ['gap_age_10', 'case when gap_age_older >= 0 then gap_age_older + 5 else gap_age_newer end'],
    ]) -%}
    {%- for k in range(1, 11) -%}
        {%- do sorted.append(['close_10_' ~ k, kth_smallest(newer, older, k)]) -%}
    {%- endfor -%}
    {{- return([joined, sorted, moved]) -}}
{% endmacro %}


{% macro rolling_ten_columns() %}
    {%- set columns = ['ref_10', 'high_10', 'low_10', 'high_age_10', 'low_age_10', 'gap_age_10'] -%}
    {%- for name, expression in rolling_sums() -%}{%- do columns.append(name ~ '_10') -%}{%- endfor -%}
    {%- for name in rolling_closes() -%}{%- do columns.append(name ~ '_10') -%}{%- endfor -%}
    {%- for k in range(1, 11) -%}{%- do columns.append('close_10_' ~ k) -%}{%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}
