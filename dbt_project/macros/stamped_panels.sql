{#- What the training set is made of, as far as its rows carry `changed_at`: labels and feature sets. -#}
{% macro stamped_panels() -%}
    {%- set panels = ['labels'] -%}
    {%- set sets = [] -%}
    {%- for name in var('feature_sets') -%}{%- do sets.append('features_' ~ name) -%}{%- endfor -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.name in sets and 'changed_at' in node.columns -%}
            {%- do panels.append(node.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(panels) -}}
{%- endmacro %}
