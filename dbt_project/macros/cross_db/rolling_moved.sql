{#- The sums of rolling_closes for the pieces that windows consist of, about one reference. -#}
{% macro rolling_moved() %}
    {%- set columns = [] -%}
    {%- for name in rolling_closes() -%}
        {%- set pieces = {} -%}
        {%- for rows in rolling_pieces(60) -%}
            {%- do pieces.update({rows: rolling_closes_moved(name, '_ten_' ~ rows, 'shift_' ~ rows, rows)}) -%}
        {%- endfor -%}
        {%- do columns.extend([
            [name ~ '_10', name ~ '_ten_0'],
            [name ~ '_10_to_20', pieces[10]],
            [name ~ '_20_to_30', pieces[20]],
            [name ~ '_30_to_60', '(' ~ pieces[30] ~ ') + (' ~ pieces[40] ~ ') + (' ~ pieces[50] ~ ')'],
        ]) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}


{#- The reference of a day's windows, and by how much that of each piece lies above it. -#}
{% macro rolling_referenced() %}
    {%- set reference = rolling_reference(rolling_pieces(60), '_ten_') -%}
    {%- set columns = [['ref', reference]] -%}
    {%- for rows in rolling_pieces(60)[1:] -%}
        {%- do columns.append(['shift_' ~ rows, 'ref_ten_' ~ rows ~ ' - ' ~ reference]) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}
